//! AWS Account Management: the alternate contacts of the caller's own account.
//!
//! Those of other accounts (`AccountId`), the primary contact, names, e-mails and Regions are not simulated. The errors and rules are those
//! of the API's reference (docs/AWS.md 1.8).

use serde_json::{Value, json};

use super::{Operation, read, write};
use crate::simulator::authorize::{Answer, Ask, Call};
use crate::simulator::failure::Failure;
use crate::simulator::wire::Params;
use crate::simulator::world::{Contact, World};

pub(super) const OPERATIONS: &[&[Operation]] =
    &[&[read("GetAlternateContact", get), write("PutAlternateContact", put), write("DeleteAlternateContact", delete)]];

const TYPES: [&str; 3] = ["BILLING", "OPERATIONS", "SECURITY"];

fn get(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let contact_type = read_type(&params)?;
    let pass = call.authorize(world, params, ask(call, "account:GetAlternateContact", contact_type)?)?;
    let found = world.contacts.get(call.account()?).and_then(|contacts| contacts.get(contact_type)).ok_or_else(not_found)?;
    Ok(pass.answer(json!({ "AlternateContact": show(contact_type, found) })))
}

fn put(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let contact_type = read_type(&params)?;
    let contact = Contact {
        name: member(&params, "Name", 64, |_| true)?,
        title: member(&params, "Title", 50, |_| true)?,
        email: member(&params, "EmailAddress", 254, is_email)?,
        phone: member(&params, "PhoneNumber", 25, is_phone)?,
    };
    let pass = call.authorize(world, params, ask(call, "account:PutAlternateContact", contact_type)?)?;
    world.contacts.entry(call.account()?.clone()).or_default().insert(contact_type.to_owned(), contact);
    Ok(pass.answer(Value::Null))
}

fn delete(world: &mut World, call: &Call<'_>, params: Params<'_>) -> Result<Answer, Failure> {
    let contact_type = read_type(&params)?;
    let pass = call.authorize(world, params, ask(call, "account:DeleteAlternateContact", contact_type)?)?;
    let contacts = world.contacts.entry(call.account()?.clone()).or_default();
    contacts.remove(contact_type).map(|_| pass.answer(Value::Null)).ok_or_else(not_found)
}

/// Returns the resource of a call about one's own account, and its condition key (Service Authorization Reference, "AWS Account
/// Management").
fn ask(call: &Call<'_>, action: &'static str, contact_type: &str) -> Result<Ask, Failure> {
    let resource = format!("arn:aws:account::{}:account", call.account()?);
    Ok(Ask::new(action, resource).with_all("account:AlternateContactTypes", [contact_type]))
}

fn read_type(params: &Params<'_>) -> Result<&'static str, Failure> {
    let given = params.text("AlternateContactType")?;
    TYPES.into_iter().find(|known| *known == given).ok_or_else(|| invalid("AlternateContactType is not one of the three types."))
}

fn member(params: &Params<'_>, name: &str, most: usize, fits: impl Fn(&str) -> bool) -> Result<String, Failure> {
    let text = params.text(name)?;
    let length = text.chars().count();
    if length == 0 || length > most || !fits(text) {
        return Err(invalid(format!("The value of {name} is not valid.")));
    }
    Ok(text.to_owned())
}

/// `[\s]*[\w+=.#|!&-]+@[\w.-]+\.[\w]+[\s]*`.
fn is_email(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.trim().split_once('@').is_some_and(|(local, host)| {
        let host = host.rsplit_once('.');
        !local.is_empty()
            && local.chars().all(|c| word(c) || "+=.#|!&-".contains(c))
            && host.is_some_and(|(host, top)| {
                !host.is_empty() && host.chars().all(|c| word(c) || ".-".contains(c)) && !top.is_empty() && top.chars().all(word)
            })
    })
}

/// `[\s0-9()+-]+`.
fn is_phone(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_ascii_digit() || "()+-".contains(c))
}

fn show(contact_type: &str, contact: &Contact) -> Value {
    json!({
        "AlternateContactType": contact_type,
        "Name": contact.name,
        "Title": contact.title,
        "EmailAddress": contact.email,
        "PhoneNumber": contact.phone,
    })
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("ValidationException", 400, message)
}

fn not_found() -> Failure {
    Failure::new("ResourceNotFoundException", 404, "No contact of the inputted alternate contact type found.")
}
