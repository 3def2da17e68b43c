//! Sums over all legs, as Python gets them.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::totals::Totals;

pub fn figures_of<'py>(py: Python<'py>, totals: &Totals) -> PyResult<Bound<'py, PyDict>> {
    let figures = [
        ("legs", totals.legs),
        ("ports_in_use", totals.ports_in_use),
        ("ports_quarantined", totals.ports_quarantined),
        ("packets_in", totals.packets_in),
        ("packets_out", totals.packets_out),
        ("packets_lost", totals.packets_lost),
        ("dropped_source", totals.dropped_source),
        ("dropped_malformed", totals.dropped_malformed),
        ("dropped_payload", totals.dropped_payload),
        ("dropped_insecure", totals.dropped_insecure),
        ("send_failed", totals.send_failed),
        ("starved_ms", totals.starved / 8),
        ("events_dropped", totals.events_dropped),
        ("worker_wakeups", totals.worker_wakeups),
    ];
    let dict = PyDict::new(py);
    for (name, value) in figures {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}
