//! The wire: HTTP requests of AWS clients in, HTTP responses out, whatever the protocol.
//!
//! Every protocol becomes one tree of JSON values on the way in, and is written from one on the way out; services know
//! nothing of protocols. JSON 1.1, Query, EC2 Query and S3's REST-XML are here.

mod form;
mod header;
mod params;
mod request;
mod response;
mod rest;
mod route;
mod xml;

pub(crate) use form::percent_encode;
pub(crate) use params::Params;
pub(crate) use request::{Parsed, Protocol, parse};
pub(crate) use response::render;
