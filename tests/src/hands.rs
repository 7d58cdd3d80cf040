//! Manual changes of a world, made on its JSON: everything that AWS allows.

use serde_json::{Value, json};

/// One change; a number picks the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in tests only")]
pub enum Hand {
    /// A unit gets another name.
    RenameUnit(usize),
    /// A guardrail gets another name.
    RenamePolicy(usize),
    /// Something loses the tag with the organization.
    LoseOrganizationTag(usize),
    /// Something loses the tag with its address.
    LoseAddressTag(usize),
    /// Something loses all of its tags.
    LoseTags(usize),
    /// Something is tagged as another organization's.
    GiveAway(usize),
    /// Two accounts swap their e-mails.
    SwapEmails(usize, usize),
    /// An account gets another e-mail.
    ChangeEmail(usize),
    /// An account moves to another unit, or to the root.
    Move(usize, usize),
    /// A guardrail is detached from a unit.
    Detach(usize),
    /// An account is closed.
    Close(usize),
    /// A role is deleted.
    DeleteRole(usize),
    /// An account with the name of a managed one is being created, with another e-mail.
    InFlight(usize),
}

/// Names that a creation in flight may have: those of accounts that the edits of a manifest add.
const IN_FLIGHT: [&str; 3] = ["acme-qa", "acme-platform", "acme-dev"];
/// How long it still takes, in milliseconds.
const IN_FLIGHT_FOR: u64 = 20_000;

/// Applies it to a world as [`landfall::simulator::Simulator::to_json`] wrote it.
///
/// # Panics
///
/// When it is not a world with an organization.
pub fn suffer(document: &mut Value, hand: Hand) {
    let now = document["now"].as_u64().expect("a time");
    let world = &mut document["world"];
    match hand {
        Hand::RenameUnit(number) => rename(pick(&mut world["organization"]["units"], number)),
        Hand::RenamePolicy(number) => {
            let policies = world["organization"]["policies"].as_object_mut().expect("policies");
            let ours: Vec<&mut Value> = policies.values_mut().filter(|policy| policy["aws_managed"] == json!(false)).collect();
            rename(nth(ours, number));
        }
        Hand::LoseOrganizationTag(number) => with_tags(world, number, |tags| {
            tags.remove("landfall:organization");
        }),
        Hand::LoseAddressTag(number) => with_tags(world, number, |tags| {
            tags.remove("landfall:address");
        }),
        Hand::LoseTags(number) => with_tags(world, number, serde_json::Map::clear),
        Hand::GiveAway(number) => with_tags(world, number, |tags| {
            tags.insert("landfall:organization".to_owned(), json!("other"));
        }),
        Hand::SwapEmails(one, other) => {
            let keys = members(world);
            let (one, other) = (keys[one % keys.len()].clone(), keys[other % keys.len()].clone());
            let (email, second) = (world["accounts"][&one]["email"].clone(), world["accounts"][&other]["email"].clone());
            world["accounts"][&one]["email"] = second;
            world["accounts"][&other]["email"] = email;
        }
        Hand::ChangeEmail(number) => {
            let key = member(world, number);
            let email = format!("new-{}", world["accounts"][&key]["email"].as_str().unwrap_or_default());
            world["accounts"][&key]["email"] = json!(email);
        }
        Hand::Move(number, to) => {
            let mut places: Vec<String> = world["organization"]["units"].as_object().expect("units").keys().cloned().collect();
            places.push(world["organization"]["root"].as_str().expect("a root").to_owned());
            let key = member(world, number);
            world["accounts"][&key]["parent"] = json!(places[to % places.len()]);
        }
        Hand::Detach(number) => {
            let targets = world["organization"]["attachments"].as_object_mut().expect("attachments");
            // AWS's own stay: without them nothing would be allowed, and one of them cannot be detached.
            let is_own = |policy: &Value| policy.as_str().is_some_and(|id| !id.ends_with("FullAWSAccess"));
            let ours: Vec<&mut Vec<Value>> =
                targets.values_mut().filter_map(Value::as_array_mut).filter(|policies| policies.iter().any(is_own)).collect();
            if let Some(policies) = nth(ours, number)
                && let Some(at) = policies.iter().position(is_own)
            {
                policies.remove(at);
            }
        }
        Hand::Close(number) => {
            let key = member(world, number);
            world["accounts"][&key]["state"] = json!({"is": "closed"});
        }
        Hand::DeleteRole(number) => {
            let key = member(world, number);
            let roles = world["accounts"][&key]["iam"]["roles"].as_object_mut().expect("roles");
            let names: Vec<String> = roles.iter().filter(|(_, role)| role["path"] == "/landfall/").map(|(name, _)| name.clone()).collect();
            if !names.is_empty() {
                roles.remove(&names[number % names.len()]);
            }
        }
        Hand::InFlight(number) => {
            let name = IN_FLIGHT[number % IN_FLIGHT.len()];
            let creation = json!({
                "name": name, "email": format!("{name}@somewhere.example"), "role_name": "OrganizationAccountAccessRole", "tags": {},
                "requested": now, "due": now + IN_FLIGHT_FOR, "repeated": false, "outcome": {"state": "pending"},
            });
            world["organization"]["creations"][format!("car-inflight{number:08}")] = creation;
        }
    }
}

fn rename(thing: Option<&mut Value>) {
    if let Some(thing) = thing {
        let name = format!("{}-v1", thing["name"].as_str().unwrap_or_default());
        thing["name"] = json!(name);
    }
}

fn pick(things: &mut Value, number: usize) -> Option<&mut Value> {
    nth(things.as_object_mut()?.values_mut().collect(), number)
}

fn nth<T>(mut things: Vec<T>, number: usize) -> Option<T> {
    let count = things.len().max(1);
    let at = number % count;
    if at < things.len() { Some(things.swap_remove(at)) } else { None }
}

/// Returns the ids of the member accounts.
fn members(world: &Value) -> Vec<String> {
    world["accounts"].as_object().expect("accounts").keys().filter(|id| *id != "111111111111").cloned().collect()
}

fn member(world: &Value, number: usize) -> String {
    let members = members(world);
    members[number % members.len()].clone()
}

/// Changes the tags of one of the tagged resources, except for the organization itself.
fn with_tags(world: &mut Value, number: usize, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    let mut found: Vec<&mut Value> = Vec::new();
    tagged(world, &mut found);
    found.retain(|tags| tags["landfall:address"] != "organization/acme");
    if let Some(tags) = nth(found, number).and_then(Value::as_object_mut) {
        change(tags);
    }
}

fn tagged<'v>(value: &'v mut Value, found: &mut Vec<&'v mut Value>) {
    let is_tags = value.as_object().is_some_and(|tags| tags.contains_key("landfall:address") && tags.contains_key("landfall:organization"));
    if is_tags {
        found.push(value);
        return;
    }
    match value {
        Value::Object(members) => members.iter_mut().filter(|(key, _)| *key != "creations").for_each(|(_, member)| tagged(member, found)),
        Value::Array(items) => items.iter_mut().for_each(|item| tagged(item, found)),
        _ => {}
    }
}
