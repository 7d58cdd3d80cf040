//! Answers and errors in the protocol of the request.
//!
//! Lists are written as `<member>` elements, in EC2 as `<item>`, except under the name `entry`, which is repeated: that is how
//! Query writes a map.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::request::Protocol;
use super::rest;
use super::xml::escape;
use crate::simulator::failure::Failure;

/// Writes the response to a call.
pub(crate) fn render(protocol: Protocol, operation: &str, request_id: &str, result: &Result<Value, Failure>) -> http::Response<Bytes> {
    if protocol == Protocol::Rest {
        return rest::write(operation, request_id, result);
    }
    let status = match result {
        Ok(_) => 200,
        Err(failure) => failure.status,
    };
    let (content_type, body) = match (protocol, result) {
        (Protocol::Json, Ok(value)) => ("application/x-amz-json-1.1", value.to_string()),
        (Protocol::Json, Err(failure)) => ("application/x-amz-json-1.1", json_failure(failure)),
        (Protocol::RestJson, Ok(Value::Null)) => ("application/json", String::new()),
        (Protocol::RestJson, Ok(value)) => ("application/json", value.to_string()),
        (Protocol::RestJson, Err(failure)) => ("application/json", json!({ "message": failure.message }).to_string()),
        (Protocol::Ec2, Ok(value)) => ("text/xml;charset=UTF-8", ec2_answer(operation, request_id, value)),
        (Protocol::Ec2, Err(failure)) => ("text/xml;charset=UTF-8", ec2_failure(failure, request_id)),
        (Protocol::Query | Protocol::Rest, Ok(value)) => ("text/xml", query_answer(operation, request_id, value)),
        (Protocol::Query | Protocol::Rest, Err(failure)) => ("text/xml", query_failure(failure, request_id)),
    };
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    if let (Protocol::RestJson, Err(failure)) = (protocol, result)
        && let Ok(code) = http::HeaderValue::from_str(&failure.code)
    {
        headers.insert("x-amzn-errortype", code);
    }
    if let Ok(id) = http::HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

fn json_failure(failure: &Failure) -> String {
    let mut body = json!({ "__type": failure.code, "Message": failure.message });
    if let Some(reason) = failure.reason {
        body["Reason"] = reason.into();
    }
    body.to_string()
}

fn query_answer(operation: &str, request_id: &str, value: &Value) -> String {
    let mut xml = format!("<{operation}Response><{operation}Result>");
    write_value(&mut xml, value, "member");
    let end = format!("</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>");
    xml.push_str(&end);
    xml
}

fn query_failure(failure: &Failure, request_id: &str) -> String {
    let kind = if failure.status < 500 { "Sender" } else { "Receiver" };
    let mut message = String::new();
    escape(&mut message, &failure.message);
    format!(
        "<ErrorResponse><Error><Type>{kind}</Type><Code>{}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        failure.code
    )
}

fn ec2_answer(operation: &str, request_id: &str, value: &Value) -> String {
    let mut xml = format!("<{operation}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>{request_id}</requestId>");
    write_value(&mut xml, value, "item");
    xml.extend(["</", operation, "Response>"]);
    xml
}

fn ec2_failure(failure: &Failure, request_id: &str) -> String {
    let mut message = String::new();
    escape(&mut message, &failure.message);
    format!(
        "<Response><Errors><Error><Code>{}</Code><Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>",
        failure.code
    )
}

fn write_value(xml: &mut String, value: &Value, item: &str) {
    match value {
        Value::Null => {}
        Value::Bool(value) => xml.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::String(text) => escape(xml, text),
        Value::Array(list) => list.iter().for_each(|value| write_element(xml, item, value, item)),
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::Null => {}
                    Value::Array(entries) if name == "entry" => entries.iter().for_each(|value| write_element(xml, name, value, item)),
                    Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                        write_element(xml, name, value, item);
                    }
                }
            }
        }
    }
}

fn write_element(xml: &mut String, name: &str, value: &Value, item: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    write_value(xml, value, item);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(response: &http::Response<Bytes>) -> &str {
        std::str::from_utf8(response.body()).expect("text")
    }

    #[test]
    fn answers_in_both_protocols() {
        let value = json!({ "Role": { "RoleName": "a<b", "Tags": [{ "Key": "k" }], "Nothing": null }, "Map": { "entry": [{ "key": 1 }, { "key": 2 }] } });
        let xml = render(Protocol::Query, "GetRole", "r-1", &Ok(value.clone()));
        assert_eq!(
            body(&xml),
            "<GetRoleResponse><GetRoleResult><Role><RoleName>a&lt;b</RoleName><Tags><member><Key>k</Key></member></Tags></Role>\
             <Map><entry><key>1</key></entry><entry><key>2</key></entry></Map></GetRoleResult>\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetRoleResponse>"
        );
        assert_eq!(body(&render(Protocol::Json, "GetRole", "r-1", &Ok(value.clone()))), value.to_string());
        let value = json!({ "vpcSet": [{ "vpcId": "vpc-1", "isDefault": true }], "tagSet": [] });
        assert_eq!(
            body(&render(Protocol::Ec2, "DescribeVpcs", "r-1", &Ok(value))),
            "<DescribeVpcsResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"><requestId>r-1</requestId>\
             <vpcSet><item><vpcId>vpc-1</vpcId><isDefault>true</isDefault></item></vpcSet><tagSet></tagSet></DescribeVpcsResponse>"
        );
    }

    #[test]
    fn refusals_in_both_protocols() {
        let failure = Err(Failure::constraint("OU_DEPTH_LIMIT_EXCEEDED", "too deep & wide"));
        let json = render(Protocol::Json, "X", "r-1", &failure);
        assert_eq!(json.status(), 400);
        assert_eq!(
            body(&json),
            r#"{"__type":"ConstraintViolationException","Message":"too deep & wide","Reason":"OU_DEPTH_LIMIT_EXCEEDED"}"#
        );
        let xml = render(Protocol::Query, "X", "r-1", &failure);
        assert_eq!(
            body(&xml),
            "<ErrorResponse><Error><Type>Sender</Type><Code>ConstraintViolationException</Code>\
             <Message>too deep &amp; wide</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
        );
        assert_eq!(
            body(&render(Protocol::Ec2, "X", "r-1", &failure)),
            "<Response><Errors><Error><Code>ConstraintViolationException</Code><Message>too deep &amp; wide</Message></Error></Errors>\
             <RequestID>r-1</RequestID></Response>"
        );
    }
}
