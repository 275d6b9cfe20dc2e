//! The part of an event's metadata that has no column of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::event::{EventMetadata, TraceContext};

/// The column `metadata`, as JSON. Null when there is nothing.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Extras {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) trace: Option<TraceContext>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, String>,
}

impl Extras {
    pub(crate) fn of(metadata: &EventMetadata) -> Result<Option<String>, Error> {
        if metadata.trace().is_none() && metadata.headers().is_empty() {
            return Ok(None);
        }
        let extras = Self { trace: metadata.trace().cloned(), headers: metadata.headers().clone() };
        let failed = |error| Error::new(ErrorKind::Invalid, "the metadata can't be written as JSON").with_source(error);
        serde_json::to_string(&extras).map(Some).map_err(failed)
    }
}
