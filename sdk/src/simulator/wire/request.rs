//! Reads the service, operation, parameters and access key of an HTTP request.
//!
//! The signature itself is not checked: the simulator has no secrets, and anyone who can reach it may use it.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::form::{self, Lists};
use super::header::header;
use super::{paths, rest};
use crate::simulator::failure::Failure;
use crate::simulator::service::Service;

/// The Region of calls without one.
const DEFAULT_REGION: &str = "us-east-1";
/// A prefix that some clients write before CloudTrail's target (docs/AWS.md A).
const LONG_TARGET: &str = "com.amazonaws.cloudtrail.v20131101.";
/// The global endpoint of STS.
const GLOBAL_STS: &str = "sts.amazonaws.com";
/// The only supported operation that is sent without a signature.
const UNSIGNED_OPERATION: &str = "AssumeRoleWithWebIdentity";

/// The supported protocols.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Protocol {
    /// AWS JSON 1.1: the operation in a header, a JSON body.
    Json,
    /// AWS Query: a form in, XML out.
    Query,
    /// EC2's Query: a form with its own form of lists in, XML with its own lists out.
    Ec2,
    /// S3's REST: method, path, query and headers, bodies of XML.
    Rest,
    /// REST in JSON: the operation in method and path, a JSON body.
    RestJson,
}

/// A request that was understood. Values of parameters may be secret: they are in the journal, and nowhere else.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Parsed {
    pub(crate) protocol: Protocol,
    pub(crate) service: Service,
    pub(crate) operation: String,
    pub(crate) params: Map<String, Value>,
    pub(crate) region: String,
    /// Whether it was sent to STS's global endpoint, judged by its host.
    #[serde(default)]
    pub(crate) is_global: bool,
    pub(crate) access_key: Option<String>,
    pub(crate) token: Option<String>,
}

impl fmt::Debug for Parsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.params.keys().collect();
        let (service, operation, region) = (self.service, &self.operation, &self.region);
        f.debug_struct("Parsed")
            .field("service", &service)
            .field("operation", operation)
            .field("params", &names)
            .field("region", region)
            .finish_non_exhaustive()
    }
}

/// Reads a request.
///
/// # Errors
///
/// The error comes with the protocol of its answer.
pub(crate) fn parse(request: &http::Request<Bytes>) -> Result<Parsed, (Protocol, Failure)> {
    let target = header(request, "x-amz-target");
    let form = if target.is_some() { Protocol::Json } else { Protocol::Query };
    let scope = header(request, "authorization").map(scope).transpose().map_err(|failure| (form, failure))?;
    let is_ec2 = target.is_none() && scope.as_ref().is_some_and(|scope| scope.service == Service::Ec2.name());
    let guess = if is_ec2 { Protocol::Ec2 } else { form };
    if let Some(scope) = scope.as_ref().filter(|scope| scope.service == Service::S3.name()) {
        let (operation, params) = rest::read(request).map_err(|failure| (Protocol::Rest, failure))?;
        return Ok(Parsed {
            protocol: Protocol::Rest,
            service: Service::S3,
            operation,
            params,
            region: scope.region.to_owned(),
            is_global: false,
            access_key: Some(scope.access_key.to_owned()),
            token: header(request, "x-amz-security-token").map(str::to_owned),
        });
    }
    let has_path = request.method() != http::Method::POST || request.uri().path() != "/";
    let guess = if has_path { Protocol::RestJson } else { guess };
    let fail = |failure: Failure| (guess, failure);
    let body = std::str::from_utf8(request.body()).map_err(|_| fail(malformed("the body is not UTF-8")))?;
    if has_path {
        // Of the services that have paths, all but S3 speak JSON.
        let Some(scope) = &scope else {
            return Err(fail(Failure::not_implemented(format_args!("{} {} without a signature", request.method(), request.uri().path()))));
        };
        let Some(service) = Service::ALL.into_iter().find(|service| service.signing() == scope.service) else {
            let (method, path) = (request.method(), request.uri().path());
            return Err(fail(Failure::not_implemented(format_args!("{method} {path} of {}", scope.service))));
        };
        let (operation, params) = paths::read(service, request, json(body).map_err(fail)?).map_err(fail)?;
        return Ok(Parsed {
            protocol: guess,
            service,
            operation,
            params,
            region: scope.region.to_owned(),
            is_global: false,
            access_key: Some(scope.access_key.to_owned()),
            token: header(request, "x-amz-security-token").map(str::to_owned),
        });
    }

    let (operation, params) = if let Some(target) = target {
        (target.to_owned(), json(body).map_err(fail)?)
    } else {
        let mut params =
            form::parse(body, if is_ec2 { Lists::Bare } else { Lists::Member }).map_err(|problem| fail(malformed(&problem)))?;
        let Some(Value::String(action)) = params.remove("Action") else {
            return Err(fail(Failure::new("MissingAction", 400, "the request has neither an Action nor an X-Amz-Target")));
        };
        params.remove("Version");
        (action, params)
    };
    let service = match &scope {
        Some(scope) => service(scope.service, &operation).map_err(fail)?,
        None if operation == UNSIGNED_OPERATION => Service::Sts,
        None => {
            let code = if guess == Protocol::Json { "MissingAuthenticationTokenException" } else { "MissingAuthenticationToken" };
            let status = if guess == Protocol::Json { 400 } else { 403 };
            return Err(fail(Failure::new(code, status, "Missing Authentication Token")));
        }
    };
    let operation = match (service.target(), guess) {
        (Some(prefix), Protocol::Json) => {
            match operation.strip_prefix(LONG_TARGET).unwrap_or(&operation).strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
                Some(operation) => operation.to_owned(),
                None => return Err(fail(Failure::not_implemented(format_args!("the target {operation}")))),
            }
        }
        (None, Protocol::Query | Protocol::Ec2) => operation,
        (Some(_), Protocol::Query | Protocol::Ec2 | Protocol::Rest | Protocol::RestJson)
        | (None, Protocol::Json | Protocol::Rest | Protocol::RestJson) => {
            return Err(fail(Failure::not_implemented(format_args!("this protocol for {}", service.name()))));
        }
    };
    let region = scope.as_ref().map_or_else(|| host_region(request), |scope| scope.region.to_owned());
    Ok(Parsed {
        protocol: guess,
        service,
        operation,
        params,
        region,
        is_global: host(request) == GLOBAL_STS,
        access_key: scope.map(|scope| scope.access_key.to_owned()),
        token: header(request, "x-amz-security-token").map(str::to_owned),
    })
}

struct CredentialScope<'a> {
    access_key: &'a str,
    region: &'a str,
    service: &'a str,
}

/// Reads `AWS4-HMAC-SHA256 Credential=AKID/date/region/service/aws4_request, …`.
fn scope(authorization: &str) -> Result<CredentialScope<'_>, Failure> {
    let parts = || {
        let rest = authorization.strip_prefix("AWS4-HMAC-SHA256")?;
        let credential = rest.split(',').find_map(|part| part.trim().strip_prefix("Credential="))?;
        let mut parts = credential.split('/');
        let scope = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (access_key, _date, region, service, "aws4_request") = scope else { return None };
        Some(CredentialScope { access_key, region, service })
    };
    parts().ok_or_else(|| Failure::new("IncompleteSignature", 400, "the Authorization header is not of signature version 4"))
}

fn service(name: &str, operation: &str) -> Result<Service, Failure> {
    Service::ALL
        .into_iter()
        .find(|service| service.signing() == name)
        .ok_or_else(|| Failure::not_implemented(format_args!("the service {name} ({operation})")))
}

fn json(body: &str) -> Result<Map<String, Value>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(body) {
        Ok(Value::Object(params)) => Ok(params),
        Ok(_) | Err(_) => Err(malformed("the body is not a JSON object")),
    }
}

fn malformed(problem: &str) -> Failure {
    Failure::new("SerializationException", 400, problem)
}

fn host(request: &http::Request<Bytes>) -> &str {
    request.uri().host().or_else(|| header(request, "host")).unwrap_or_default()
}

/// Reads the Region out of `sts.eu-west-1.amazonaws.com`.
fn host_region(request: &http::Request<Bytes>) -> String {
    let region = host(request).strip_prefix("sts.").and_then(|rest| rest.strip_suffix(".amazonaws.com"));
    region.unwrap_or(DEFAULT_REGION).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> http::Request<Bytes> {
        let mut builder = http::Request::post("https://sts.eu-central-1.amazonaws.com/");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(Bytes::from(body.to_owned())).expect("a request")
    }

    const SIGNED: &str = "AWS4-HMAC-SHA256 Credential=AKIA/20261124/eu-west-1/iam/aws4_request, SignedHeaders=host, Signature=0";

    #[test]
    fn requests_are_understood_or_refused_by_name() {
        let parsed = parse(&request(&[("authorization", SIGNED)], "Action=GetRole&Version=2010-05-08&RoleName=x")).expect("understood");
        assert_eq!((parsed.service, parsed.operation.as_str(), parsed.region.as_str()), (Service::Iam, "GetRole", "eu-west-1"));
        assert_eq!(parsed.params.len(), 1);

        let unsigned = parse(&request(&[], "Action=AssumeRoleWithWebIdentity")).expect("understood");
        assert_eq!((unsigned.service, unsigned.region.as_str()), (Service::Sts, "eu-central-1"));

        let lambda = SIGNED.replace("/iam/", "/lambda/");
        let cases = [
            (&[][..], "Action=GetRole", "MissingAuthenticationToken"),
            (&[("x-amz-target", "AWSOrganizationsV20161128.ListRoots")], "{}", "MissingAuthenticationTokenException"),
            (&[("authorization", &lambda)], "Action=Invoke", "NotImplemented"),
            (&[("authorization", "Basic x")], "Action=GetRole", "IncompleteSignature"),
            (&[("authorization", SIGNED), ("x-amz-target", "A.B")], "[]", "SerializationException"),
            (&[("authorization", SIGNED)], "", "MissingAction"),
        ];
        for (headers, body, code) in cases {
            let (_, failure) = parse(&request(headers, body)).expect_err(code);
            assert_eq!(failure.code, code);
        }
    }
}
