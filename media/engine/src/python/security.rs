//! Keys and credentials on their way from Python and back.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::snapshots::field;
use crate::control::{Control, Outcome, Problem};
use crate::secure::dtls::Keys;
use crate::secure::ice::Credentials;
use crate::secure::identity::Fingerprint;
use crate::secure::keys::{from_hex, to_hex, MasterKey, Profile};
use crate::secure::{Keying, Plan};
use crate::snapshot::Protection;

/// The arguments of `Engine.secure`.
pub struct Agreed {
    /// Suite, our master key and salt, the peer's.
    pub sdes: Option<(String, Vec<u8>, Vec<u8>)>,
    /// The peer's fingerprint, and whether we begin.
    pub dtls: Option<(String, bool)>,
    /// Our fragment, our password, the peer's fragment.
    pub ice: Option<(String, String, String)>,
    pub rtcp_mux: bool,
}

impl Agreed {
    pub fn plan(self, control: &mut Control) -> Outcome<Plan> {
        let keying = match (self.sdes, self.dtls) {
            (None, None) => Keying::Plain,
            (Some((suite, send, receive)), None) => {
                Keying::Sdes(Keys { send: key(&suite, &send)?, receive: key(&suite, &receive)? })
            }
            (None, Some((text, active))) => {
                let unknown = || Problem::Value(format!("no fingerprint that we know: {text:?}"));
                let peer = Fingerprint::parse(&text).ok_or_else(unknown)?;
                Keying::Dtls { identity: control.identity()?, peer, active }
            }
            (Some(_), Some(_)) => return Err(Problem::Value("keys by SDES and by DTLS".into())),
        };
        let ice = self.ice.map(|(ufrag, password, peer_ufrag)| Credentials {
            ufrag,
            password,
            peer_ufrag,
        });
        Ok(Plan { keying, ice, rtcp_mux: self.rtcp_mux })
    }
}

/// Never says what the key was.
fn key(suite: &str, bytes: &[u8]) -> Outcome<MasterKey> {
    let profile = Profile::from_name(suite);
    let profile = profile.ok_or_else(|| Problem::Value(format!("no suite {suite:?}")))?;
    let wrong = || Problem::Value(format!("a key of {} bytes for {suite}", bytes.len()));
    MasterKey::new(profile, bytes).ok_or_else(wrong)
}

pub fn write_protection(dict: &Bound<'_, PyDict>, protection: &Protection) -> PyResult<()> {
    let keys = &protection.keys;
    dict.set_item("suite", keys.send.profile.name())?;
    dict.set_item("send_key", to_hex(&keys.send.key_and_salt()))?;
    dict.set_item("receive_key", to_hex(&keys.receive.key_and_salt()))?;
    dict.set_item("protected_ssrc", protection.ssrc)?;
    dict.set_item("protected_index", protection.index)
}

pub fn read_protection(dict: &Bound<'_, PyDict>) -> PyResult<Option<Protection>> {
    if !dict.contains("suite")? {
        return Ok(None);
    }
    let suite: String = field(dict, "suite")?;
    let read = |name: &str| -> PyResult<MasterKey> {
        let text: String = field(dict, name)?;
        let no_key = || PyValueError::new_err(format!("the snapshot's {name} is no key"));
        Ok(key(&suite, &from_hex(&text).ok_or_else(no_key)?)?)
    };
    Ok(Some(Protection {
        keys: Keys { send: read("send_key")?, receive: read("receive_key")? },
        ssrc: field(dict, "protected_ssrc")?,
        index: field(dict, "protected_index")?,
    }))
}
