//! S3's REST: requests become the name of an operation and a tree of parameters, trees become answers.
//!
//! The bucket is in the path or in the host's name. Query and headers that the operation does not use stay among the parameters,
//! where they are refused.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::header::header;
use super::route::{ANSWER_HEADERS, Body, IGNORED_HEADERS, IGNORED_PREFIXES, OTHER_HEADERS, Place, REQUEST_HEADERS, ROUTES, Reply, Route};
use super::{form, xml};
use crate::simulator::failure::Failure;

/// Reads a request.
pub(super) fn read(request: &http::Request<Bytes>) -> Result<(String, Map<String, Value>), Failure> {
    let mut params = Map::new();
    let (bucket, key) = place(request)?;
    let place = match (&bucket, &key) {
        (None, _) => Place::Service,
        (Some(_), None) => Place::Bucket,
        (Some(_), Some(_)) => Place::Object,
    };
    let mut query = query(request)?;
    // Some clients add the name of the operation.
    query.remove("x-id");
    let method = request.method().as_str();
    let route = ROUTES.iter().find(|route| {
        let named = route.query.is_empty() || query.contains_key(route.query);
        route.method == method && route.place == place && named
    });
    // Below a bucket, a query without a route is another operation.
    let route = route.filter(|route| place == Place::Service || !route.query.is_empty() || query.is_empty());
    let route = route.ok_or_else(|| {
        let names: Vec<&String> = query.keys().collect();
        Failure::not_implemented(format_args!("{method} of {place:?} with the query {names:?} of s3"))
    })?;
    query.remove(route.query);
    params.append(&mut query);
    read_headers(request, route, &mut params)?;
    let body = body(request)?;
    match route.body {
        Body::Nothing => {}
        Body::Text(name) => drop(params.insert(name.to_owned(), body.into())),
        Body::Xml(_) if body.is_empty() => {}
        Body::Xml(name) => {
            let malformed = |problem: String| Failure::new("MalformedXML", 400, problem);
            let (root, value) = xml::parse(&body).map_err(malformed)?;
            if root != name {
                return Err(malformed(format!("the document is {root}, not {name}")));
            }
            params.insert(root, value);
        }
    }
    params.extend(bucket.map(|bucket| ("Bucket".to_owned(), bucket.into())));
    params.extend(key.map(|key| ("Key".to_owned(), key.into())));
    Ok((route.operation.to_owned(), params))
}

/// Writes an answer.
pub(super) fn write(operation: &str, request_id: &str, result: &Result<Value, Failure>) -> http::Response<Bytes> {
    let route = ROUTES.iter().find(|route| route.operation == operation);
    let mut response = http::Response::new(Bytes::new());
    let (status, content_type, body) = match result {
        Err(failure) => (failure.status, "application/xml", failure_body(failure, request_id)),
        Ok(value) => answer_body(route, value),
    };
    // An answer to HEAD has no body, whatever its members are.
    if route.is_none_or(|route| route.method != "HEAD") {
        *response.body_mut() = Bytes::from(body);
    }
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(value) = result {
        for (member, name) in ANSWER_HEADERS {
            let text = value.get(member).and_then(Value::as_str).and_then(|text| HeaderValue::from_str(text).ok());
            // A member in the XML is not a header.
            let in_xml = matches!(route.map(|route| route.reply), Some(Reply::Xml(_)));
            if let Some(text) = text.filter(|_| !in_xml) {
                headers.insert(HeaderName::from_static(name), text);
            }
        }
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amz-request-id", id);
    }
    response
}

fn answer_body(route: Option<&Route>, value: &Value) -> (u16, &'static str, String) {
    match route.map_or(Reply::Nothing(200), |route| route.reply) {
        Reply::Nothing(status) => (status, "application/xml", String::new()),
        Reply::Text(member, content_type) => (200, content_type, value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()),
        Reply::Xml(root) => {
            let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
            xml::write(&mut body, root, value.get(root).unwrap_or(value));
            (200, "application/xml", body)
        }
    }
}

fn failure_body(failure: &Failure, request_id: &str) -> String {
    let error = serde_json::json!({ "Code": failure.code, "Message": failure.message, "RequestId": request_id });
    let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    xml::write(&mut body, "Error", &error);
    body
}

/// Returns the bucket and key of a request, from host and path.
fn place(request: &http::Request<Bytes>) -> Result<(Option<String>, Option<String>), Failure> {
    let host = request.uri().host().or_else(|| header(request, "host")).unwrap_or_default();
    let path = request.uri().path().trim_start_matches('/');
    let (bucket, key) = match host.split_once(".s3.").or_else(|| host.split_once(".s3-")) {
        Some((bucket, _)) => (bucket, path),
        None => path.split_once('/').unwrap_or((path, "")),
    };
    // In a path, `+` is a plus and not a space.
    let decode = |text: &str| form::decode(&text.replace('+', "%2B")).map_err(|problem| Failure::new("InvalidURI", 400, problem));
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Ok((some(decode(bucket)?), some(decode(key)?)))
}

fn query(request: &http::Request<Bytes>) -> Result<Map<String, Value>, Failure> {
    let decode = |text: &str| form::decode(text).map_err(|problem| Failure::new("InvalidURI", 400, problem));
    let pairs = request.uri().query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| Ok((decode(name)?, decode(value)?.into()))).collect()
}

fn read_headers(request: &http::Request<Bytes>, route: &Route, params: &mut Map<String, Value>) -> Result<(), Failure> {
    for (name, value) in request.headers() {
        let name = name.as_str();
        let known = REQUEST_HEADERS.iter().find(|(header, _)| *header == name).map(|(_, member)| *member);
        let is_ignored = IGNORED_HEADERS.contains(&name) || IGNORED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let is_own = name.starts_with("x-amz-") && !is_ignored || OTHER_HEADERS.contains(&name);
        let is_type_of_object = name == CONTENT_TYPE.as_str() && route.operation == "PutObject";
        let member = match known {
            Some(member) => member,
            None if is_type_of_object => "ContentType",
            None if is_own => name,
            None => continue,
        };
        let text = value.to_str().map_err(|_| Failure::new("InvalidArgument", 400, format!("the header {name} is not a text")))?;
        params.insert(member.to_owned(), text.into());
    }
    Ok(())
}

/// Returns the body, decoded from the chunks that some clients sign one by one.
fn body(request: &http::Request<Bytes>) -> Result<String, Failure> {
    let encoding = header(request, "content-encoding").unwrap_or_default();
    let is_chunked = encoding.split(',').any(|one| one.trim() == "aws-chunked")
        || header(request, "x-amz-content-sha256").is_some_and(|hash| hash.starts_with("STREAMING-"));
    let bytes = if is_chunked {
        unchunk(request.body()).ok_or_else(|| Failure::new("IncompleteBody", 400, "The request body terminated unexpectedly"))?
    } else {
        request.body().to_vec()
    };
    String::from_utf8(bytes).map_err(|_| Failure::not_implemented("bodies that are not UTF-8"))
}

/// Reads `SIZE[;chunk-signature=…]`, a line end, the bytes, a line end, and so on to a chunk of size 0.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    const LINE_END: &[u8] = b"\r\n";
    let mut all = Vec::new();
    loop {
        let end = rest.windows(2).position(|pair| pair == LINE_END)?;
        let line = std::str::from_utf8(rest.get(..end)?).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
        rest = rest.get(end + 2..)?;
        if size == 0 {
            return Some(all);
        }
        all.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(LINE_END)?;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_one(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Result<(String, Value), String> {
        let mut builder = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.body(Bytes::from(body.to_owned())).expect("a request");
        read(&request).map(|(operation, params)| (operation, Value::Object(params))).map_err(|failure| failure.message)
    }

    #[test]
    fn requests_are_routed() {
        let policy = read_one("GET", "http://127.0.0.1:9/logs?policy", &[("x-amz-expected-bucket-owner", "1")], "");
        assert_eq!(policy, Ok(("GetBucketPolicy".to_owned(), json!({ "ExpectedBucketOwner": "1", "Bucket": "logs" }))));
        let put = read_one(
            "PUT",
            "https://logs.s3.eu-west-1.amazonaws.com/a%20b/c+d?x-id=PutObject",
            &[("content-encoding", "aws-chunked"), ("x-amz-checksum-crc32", "x"), ("if-none-match", "*"), ("x-amz-acl", "private")],
            "3;chunk-signature=0\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:x\r\n\r\n",
        );
        let params = json!({ "IfNoneMatch": "*", "x-amz-acl": "private", "Body": "abcde", "Bucket": "logs", "Key": "a b/c+d" });
        assert_eq!(put, Ok(("PutObject".to_owned(), params)));
        let unknown = read_one("GET", "http://localhost/logs?cors", &[], "").expect_err("not simulated");
        assert!(unknown.contains("cors"), "{unknown}");
        assert!(read_one("PUT", "http://localhost/logs?tagging", &[], "<Other/>").is_err());
    }

    #[test]
    fn refusals_are_xml_except_to_head() {
        let failure = Err(Failure::new("NoSuchBucket", 404, "a & b"));
        let response = write("GetBucketPolicy", "r-1", &failure);
        assert_eq!(response.headers().get("x-amz-request-id").map(HeaderValue::as_bytes), Some(&b"r-1"[..]));
        let body = std::str::from_utf8(response.body()).expect("text");
        assert!(body.ends_with("<Error><Code>NoSuchBucket</Code><Message>a &amp; b</Message><RequestId>r-1</RequestId></Error>"), "{body}");
        assert!(write("HeadBucket", "r-1", &failure).body().is_empty());
    }
}
