//! Elastic IP addresses, found by the tag that carries their address: which number AWS gives is AWS's choice.
//!
//! They are billed by the hour, used or not, and `AllocateAddress` has no idempotency token: one that carries our
//! address is looked for first, and again when the answer was lost.

use aws_sdk_ec2::types::{Address as Found, DomainType, ResourceType};

use super::{after_loss, carries, created_once, gone, ours, ours_at, plain_tags, refusal, same_address, tag, tagged};
use crate::address::Address;
use crate::aws::error::{Answer, AwsError};
use crate::aws::tags::{self, Tags};
use crate::kind::change::tag_fields;
use crate::kind::{Blocked, Context, Facts, Field, Kind, Reach, StepError, Text};

/// The kind `eip`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Eip;

/// What an elastic IP address should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Its tags.
    pub tags: Tags,
}

/// What an elastic IP address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Its allocation's id, `eipalloc-…`.
    pub id: String,
    /// The number.
    pub ip: String,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// Tags are missing or differ.
    Tag {
        /// What they are now.
        from: Tags,
        /// What they should be.
        to: Tags,
    },
}

impl Kind for Eip {
    const NAME: &'static str = "eip";
    const REACH: Reach = Reach::Region;
    const REMOVED_AT: u8 = 23;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn texts(_: &mut Desired, _: &mut dyn FnMut(&mut Text)) {}

    fn same(desired: &Desired, observed: &Observed) -> bool {
        same_address(&desired.tags, &observed.tags)
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        let missing = tags::missing(&desired.tags, &observed.tags);
        Ok(if missing.is_empty() { Vec::new() } else { vec![Edit::Tag { from: observed.tags.clone(), to: missing }] })
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        let Edit::Tag { from, to } = edit;
        tag_fields(from, to)
    }

    fn summary(_: &Desired) -> String {
        "billed by the hour".to_owned()
    }

    fn label(observed: &Observed) -> String {
        format!("{} ({})", observed.ip, observed.id)
    }

    fn prunable(_: &Observed) -> Result<(), Blocked> {
        Ok(())
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        let mut facts = Facts::one(address, "id", &observed.id);
        facts.learn(address, "ip", &observed.ip);
        facts
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        let client = cx.session().ec2();
        // This list has no pages.
        let found = cx.call("ec2:DescribeAddresses", || client.describe_addresses().filters(ours(cx)).send()).await?;
        Ok(found.addresses().iter().map(read).collect())
    }

    async fn create(cx: &Context<'_>, address: &Address, desired: &Desired) -> Result<Facts, StepError> {
        let client = cx.session().ec2();
        let tags = tagged(ResourceType::ElasticIp, &desired.tags);
        let made = if let Some(found) = find(cx, address).await? {
            found
        } else {
            let sent = cx
                .call_with("ec2:AllocateAddress", &created_once(cx), || {
                    client.allocate_address().domain(DomainType::Vpc).tag_specifications(tags.clone()).send()
                })
                .await;
            match sent {
                Ok(output) => Observed {
                    id: output.allocation_id().ok_or_else(|| AwsError::incomplete("ec2:AllocateAddress", "AllocationId"))?.to_owned(),
                    ip: output.public_ip().unwrap_or_default().to_owned(),
                    tags: desired.tags.clone(),
                },
                Err(error) if error.answer == Answer::Lost => after_loss(cx, error, || find(cx, address)).await?,
                Err(error) => return Err(refusal::explained(cx, error)),
            }
        };
        let edits = Self::diff(desired, &made)?;
        Self::edit(cx, address, desired, &made, &edits).await
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for Edit::Tag { to, .. } in edits {
            tag(cx, &observed.id, to).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn remove(cx: &Context<'_>, observed: &Observed) -> Result<(), StepError> {
        let client = cx.session().ec2();
        let id = &observed.id;
        let sent = cx.call_with("ec2:ReleaseAddress", &refusal::removal(cx), || client.release_address().allocation_id(id).send()).await;
        match gone(sent) {
            Ok(()) => Ok(()),
            // One that was released and given to somebody else (aws-facts 5.9).
            Err(error) if error.is(&["AuthFailure~does not belong to you"]) => Ok(()),
            Err(error) => Err(refusal::in_use(cx, error, "association.allocation-id", id).await),
        }
    }
}

/// Returns the elastic IP that carries an address.
async fn find(cx: &Context<'_>, address: &Address) -> Result<Option<Observed>, AwsError> {
    let client = cx.session().ec2();
    let filters = ours_at(cx, address);
    let found = cx.call("ec2:DescribeAddresses", || client.describe_addresses().set_filters(Some(filters.clone())).send()).await?;
    Ok(found.addresses().iter().map(read).find(|eip| carries(cx, address, &eip.tags)))
}

fn read(found: &Found) -> Observed {
    Observed {
        id: found.allocation_id().unwrap_or_default().to_owned(),
        ip: found.public_ip().unwrap_or_default().to_owned(),
        tags: plain_tags(found.tags()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_a_fact_and_no_difference() {
        let address: Address = "prod/eu-west-1/eip/nat-a".parse().expect("valid");
        let tags = Tags::from([(tags::ADDRESS.to_owned(), address.to_string())]);
        let desired = Desired { tags: tags.clone() };
        let observed = Observed { id: "eipalloc-1".to_owned(), ip: "192.0.2.1".to_owned(), tags };
        assert!(Eip::same(&desired, &observed));
        assert_eq!(Eip::diff(&desired, &observed), Ok(vec![]));
        assert_eq!(Eip::facts(&address, &observed).find(&address, "ip"), Some("192.0.2.1"));
    }
}
