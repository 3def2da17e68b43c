//! Snapshots of legs, as dictionaries.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::security::{read_protection, write_protection};
use crate::control::address;
use crate::snapshot::Snapshot;

pub fn write_snapshot<'py>(py: Python<'py>, snapshot: &Snapshot) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("port", snapshot.port)?;
    dict.set_item("ssrc", snapshot.ssrc)?;
    dict.set_item("sequence", snapshot.sequence)?;
    dict.set_item("timestamp", snapshot.timestamp)?;
    dict.set_item("clock_hz", snapshot.clock_hz)?;
    dict.set_item("taken_at_ms", snapshot.taken_at_ms)?;
    if let Some(source) = snapshot.source {
        dict.set_item("source_ip", source.ip().to_string())?;
        dict.set_item("source_port", source.port())?;
    }
    if let Some(protection) = &snapshot.protection {
        write_protection(&dict, protection)?;
    }
    Ok(dict)
}

pub fn read_snapshot(dict: &Bound<'_, PyDict>) -> PyResult<Snapshot> {
    let source_ip: Option<String> =
        dict.get_item("source_ip")?.map(|value| value.extract()).transpose()?;
    let source = match source_ip {
        Some(ip) => Some(address(&ip, field(dict, "source_port")?)?),
        None => None,
    };
    let clock_hz = dict.get_item("clock_hz")?.map(|value| value.extract::<u32>()).transpose()?;
    Ok(Snapshot {
        port: field(dict, "port")?,
        ssrc: field(dict, "ssrc")?,
        sequence: field(dict, "sequence")?,
        timestamp: field(dict, "timestamp")?,
        // Snapshots of before the engine knew other clocks have none.
        clock_hz: clock_hz.unwrap_or(8_000).clamp(8_000, 48_000),
        source,
        taken_at_ms: field(dict, "taken_at_ms")?,
        protection: read_protection(dict)?,
    })
}

pub fn field<'py, T>(dict: &Bound<'py, PyDict>, name: &str) -> PyResult<T>
where
    T: for<'a> FromPyObject<'a, 'py, Error = PyErr>,
{
    dict.get_item(name)?
        .ok_or_else(|| PyValueError::new_err(format!("the snapshot has no {name:?}")))?
        .extract()
}
