//! The wire protocols: HTTP requests of AWS clients in, HTTP responses out.
//!
//! Requests of every protocol become a tree of JSON values, and answers are written from one; services do not depend on protocols.
//! JSON 1.1, Query, EC2 Query, S3's REST-XML and REST-JSON are here.

mod form;
mod header;
mod params;
mod paths;
mod request;
mod response;
mod rest;
mod route;
mod xml;

pub(crate) use form::percent_encode;
pub(crate) use params::Params;
pub(crate) use request::{Parsed, Protocol, parse};
pub(crate) use response::render;
