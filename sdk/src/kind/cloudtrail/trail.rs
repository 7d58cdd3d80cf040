//! The organization's trail: the events of every account and Region, written into one bucket.
//!
//! CloudTrail checks the policies of bucket and key when a trail is created or changed, and sees them seconds late; so an error about one
//! of them is retried for a while, and then reported with the name of the policy.

mod read;
mod selectors;
mod settings;

use serde::Serialize;

use std::time::{Duration, SystemTime};

use super::api::{self, AddTags, CreateTrail, Created, PutEventSelectors, StartLogging, UpdateTrail};
use crate::address::Address;
use crate::aws::error::AwsError;
use crate::aws::tags::{self, Tags};
use crate::kind::terraform::{Import, Place};
use crate::kind::{Adoption, Blocked, Charge, Context, Facts, Field, Hazard, HazardName, Item, Kind, Made, ScopeSet, StepError, Text};

pub use selectors::{AdvancedEventSelector, AdvancedFieldSelector, EventSelector, Selectors};
pub use settings::Settings;

/// CloudTrail's codes while a resource that a trail needs was created moments ago (docs/AWS.md 4.5).
const JUST_MADE: &[&str] = &[
    "InsufficientS3BucketPolicyException",
    "InsufficientEncryptionPolicyException",
    "S3BucketDoesNotExistException",
    "KmsKeyNotFoundException",
    "CloudTrailAccessNotEnabledException",
    "NoManagementAccountSLRExistsException",
    "TrailNotFoundException",
    "ConflictException",
];
/// How long a trail may take to become visible, and the pauses between reads.
const SHOWS: Duration = Duration::from_mins(2);
const PAUSES: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));

/// What it is billed for: keeping its files. The first copy of management events is free.
const COST: [Charge; 1] = [Charge::per_use(Item::Storage, 10, "kept of the trail")];

/// The kind `trail`.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Trail;

/// What a trail should be; it always covers every account and Region, validates its files and is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desired {
    /// Its name.
    pub name: String,
    /// Its home Region, in which it is created and changed.
    pub home: String,
    /// The bucket that it writes into.
    pub bucket: Text,
    /// The ARN of the key that encrypts its files.
    pub key: Text,
    /// The service that has trusted access: CloudTrail, without which no trail covers an organization.
    pub trusted: Text,
    /// Its tags.
    pub tags: Tags,
}

/// What a trail is.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its home Region. For a trail with another home Region, only the settings are read of the fields below.
    pub home: String,
    /// What `UpdateTrail` sets.
    pub settings: Settings,
    /// Whether it is on.
    pub logging: bool,
    /// When it last wrote into its bucket.
    pub delivered: Option<SystemTime>,
    /// Why the last delivery failed, in AWS's word.
    pub trouble: Option<String>,
    /// What it records.
    pub events: Selectors,
    /// Its tags.
    pub tags: Tags,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "made and matched in this file only")]
pub enum Edit {
    /// Settings differ; one call sets all of them, because some are refused without others.
    Settings {
        /// What they are.
        from: Settings,
        /// The bucket that it should write into.
        bucket: Text,
        /// The key that it should use.
        key: Text,
    },
    /// It does not record all management events.
    Events {
        /// What it records.
        from: Selectors,
        /// The same, with all management events.
        to: Selectors,
    },
    /// It is off.
    Start,
}

impl Kind for Trail {
    const NAME: &'static str = "trail";
    const SCOPES: ScopeSet = ScopeSet::Management;
    const SERVICE: &'static str = "CloudTrail";
    /// The policies of bucket and key must be visible first (docs/AWS.md 4.5).
    const USUAL: Duration = Duration::from_secs(20);
    const REMOVAL_RANK: u8 = 40;

    type Desired = Desired;
    type Observed = Observed;
    type Edit = Edit;

    fn visit_references(desired: &mut Desired, visit: &mut dyn FnMut(&mut Text)) {
        visit(&mut desired.bucket);
        visit(&mut desired.key);
        visit(&mut desired.trusted);
    }

    fn matches(desired: &Desired, observed: &Observed) -> bool {
        desired.name == observed.name
    }

    fn tags(observed: &Observed) -> Option<&Tags> {
        Some(&observed.tags)
    }

    fn adoption(desired: &Desired, observed: &Observed) -> Adoption {
        if tags::still_carries_ours(&desired.tags, &observed.tags) {
            return Adoption::Adopt;
        }
        if desired.home != observed.home {
            return Adoption::Refuse(elsewhere(desired, observed));
        }
        let reach = if observed.settings.organization { "the whole organization" } else { "this account" };
        Adoption::Refuse(Blocked::new(
            format!(
                "a trail {} exists that landfall did not make: it records {reach} into bucket {}",
                observed.name, observed.settings.bucket
            ),
            format!(
                "find out who made it with `aws cloudtrail lookup-events`; delete it (`aws cloudtrail delete-trail --name {}`)",
                observed.arn
            ),
        ))
    }

    fn tagging<'a>(desired: &'a Desired, observed: &'a Observed) -> Option<(&'a Tags, &'a Tags)> {
        Some((&observed.tags, &desired.tags))
    }

    fn diff(desired: &Desired, observed: &Observed) -> Result<Vec<Edit>, Blocked> {
        if desired.home != observed.home {
            return Err(elsewhere(desired, observed));
        }
        let mut edits = Vec::new();
        if observed.settings != Settings::wanted(desired.bucket.as_str(), desired.key.as_str()) {
            edits.push(Edit::Settings { from: observed.settings.clone(), bucket: desired.bucket.clone(), key: desired.key.clone() });
        }
        if !observed.events.is_complete() {
            edits.push(Edit::Events { from: observed.events.clone(), to: observed.events.completed()? });
        }
        if !observed.logging {
            edits.push(Edit::Start);
        }
        Ok(edits)
    }

    fn visit_edit_references(edit: &mut Edit, visit: &mut dyn FnMut(&mut Text)) {
        if let Edit::Settings { bucket, key, .. } = edit {
            visit(bucket);
            visit(key);
        }
    }

    fn fields(edit: &Edit) -> Vec<Field> {
        match edit {
            Edit::Settings { from, bucket, key } => from.fields(&Settings::wanted(bucket.as_str(), key.as_str())),
            Edit::Events { from, to } => vec![Field::new("events", from, to)],
            Edit::Start => vec![Field::new("logging", "off", "on")],
        }
    }

    fn summary(_: &Desired) -> String {
        "every account, every Region".to_owned()
    }

    fn display_name(observed: &Observed) -> String {
        observed.arn.clone()
    }

    fn hazards(edit: &Edit) -> Vec<Hazard> {
        match edit {
            Edit::Settings { from, bucket, .. } if from.bucket != bucket.as_str() || from.prefix.is_some() => {
                let prefix = from.prefix.as_ref().map(|prefix| format!("/{prefix}")).unwrap_or_default();
                vec![Hazard::new(
                    HazardName::MoveLogs,
                    format!("the trail writes into bucket {bucket} from now on; its earlier files stay in {}{prefix}", from.bucket),
                )]
            }
            Edit::Settings { .. } | Edit::Events { .. } | Edit::Start => Vec::new(),
        }
    }

    fn cost(_: &Desired) -> Vec<Charge> {
        COST.to_vec()
    }

    fn present_cost(_: &Observed) -> Vec<Charge> {
        COST.to_vec()
    }

    fn terraform(observed: &Observed, _: &Place<'_>) -> Import {
        Import::new("aws_cloudtrail", &observed.arn)
    }

    fn check_removable(observed: &Observed) -> Result<(), Blocked> {
        Err(Blocked::new(
            format!("{} is the audit trail", observed.arn),
            "landfall never removes it: delete it in the AWS CloudTrail console",
        ))
    }

    fn facts(address: &Address, observed: &Observed) -> Facts {
        Facts::one(address, "arn", &observed.arn)
    }

    async fn observe(cx: &Context<'_>) -> Result<Vec<Observed>, AwsError> {
        read::all(cx).await
    }

    async fn create(cx: &Context<'_>, _address: &Address, desired: &Desired) -> Result<Made<Observed>, StepError> {
        let (bucket, key) = (desired.bucket.known()?, desired.key.known()?);
        desired.trusted.known()?;
        let create = CreateTrail {
            name: desired.name.clone(),
            s3_bucket_name: bucket.to_owned(),
            include_global_service_events: true,
            is_multi_region_trail: true,
            enable_log_file_validation: true,
            kms_key_id: key.to_owned(),
            is_organization_trail: true,
            tags_list: api::written(&desired.tags),
        };
        cx.waiting("CloudTrail to see the policies of bucket and key");
        // Names are unique, so a call with a lost answer can be sent again: the second one finds the trail.
        match cx.send_with(&cx.retry().until_visible(JUST_MADE), &create).await {
            Ok(Created { arn }) => Ok(Made::New(Observed {
                arn,
                name: desired.name.clone(),
                home: desired.home.clone(),
                settings: Settings::wanted(bucket, key),
                logging: false,
                delivered: None,
                trouble: None,
                events: Selectors::default(),
                tags: desired.tags.clone(),
            })),
            Err(error) if error.is(&["TrailAlreadyExistsException"]) => {
                let ask = || async { Ok(Self::observe(cx).await?.into_iter().find(|observed| Self::matches(desired, observed))) };
                let found = cx.until("the trail to become visible", PAUSES, SHOWS, ask).await?;
                if found.home != desired.home {
                    return Err(elsewhere(desired, &found).into());
                }
                Ok(Made::Found(found))
            }
            Err(error) => Err(explained(error, bucket, key)),
        }
    }

    async fn edit(cx: &Context<'_>, address: &Address, _: &Desired, observed: &Observed, edits: &[Edit]) -> Result<Facts, StepError> {
        for edit in edits {
            apply(cx, &observed.arn, edit).await?;
        }
        Ok(Self::facts(address, observed))
    }

    async fn tag(cx: &Context<'_>, observed: &Observed, tags: &Tags) -> Result<(), StepError> {
        let request = AddTags { resource_id: observed.arn.clone(), tags_list: api::written(tags) };
        cx.send_with(&cx.retry().until_visible(JUST_MADE), &request).await?;
        Ok(())
    }
}

/// Returns the block for a trail with the wanted name in another home Region: no Region accepts a second one of that name.
fn elsewhere(desired: &Desired, observed: &Observed) -> Blocked {
    Blocked::new(
        format!(
            "a trail {} exists with home Region {}, and its name is taken in every Region that it covers",
            observed.name, observed.home
        ),
        format!(
            "delete it there, once it is no longer needed (`aws cloudtrail delete-trail --region {} --name {}`); landfall then makes its \
             own in {}",
            observed.home, observed.arn, desired.home
        ),
    )
}

/// Applies one edit with one upsert.
async fn apply(cx: &Context<'_>, arn: &str, edit: &Edit) -> Result<(), StepError> {
    let retry = cx.retry().until_visible(JUST_MADE);
    let name = arn.to_owned();
    match edit {
        Edit::Settings { from, bucket, key } => {
            let (bucket, key) = (bucket.known()?, key.known()?);
            let update = UpdateTrail {
                name,
                s3_bucket_name: bucket.to_owned(),
                // A member that is not sent keeps its value, so an empty prefix removes the present one.
                s3_key_prefix: from.prefix.as_ref().map(|_| String::new()),
                include_global_service_events: true,
                is_multi_region_trail: true,
                enable_log_file_validation: true,
                kms_key_id: key.to_owned(),
                is_organization_trail: true,
            };
            cx.send_with(&retry, &update).await.map_err(|error| explained(error, bucket, key))?;
        }
        Edit::Events { to, .. } => {
            let (event_selectors, advanced_event_selectors) = match to {
                Selectors::Basic(selectors) => (Some(selectors.clone()), None),
                Selectors::Advanced(selectors) => (None, Some(selectors.clone())),
            };
            cx.send_with(&retry, &PutEventSelectors { trail_name: name, event_selectors, advanced_event_selectors }).await?;
        }
        Edit::Start => {
            cx.send_with(&retry, &StartLogging { name }).await?;
        }
    }
    Ok(())
}

/// Names the policy that CloudTrail refused until the end of the retries.
fn explained(error: AwsError, bucket: &str, key: &str) -> StepError {
    let repair = "it was changed since: run `landfall plan` to see how, and `landfall apply` to repair it";
    if error.is(&["InsufficientS3BucketPolicyException"]) {
        StepError::refused(format!("the policy of bucket {bucket} does not let CloudTrail write into it"), repair)
    } else if error.is(&["InsufficientEncryptionPolicyException"]) {
        StepError::refused(format!("the policy of key {key} does not let CloudTrail use it for bucket {bucket}"), repair)
    } else if error.is(&["CloudTrailAccessNotEnabledException"]) {
        StepError::refused("CloudTrail has no trusted access to the organization", repair)
    } else if error.is(&["InsufficientDependencyServiceAccessPermissionException"]) {
        StepError::refused(
            error.to_string(),
            "allow the caller iam:CreateServiceLinkedRole, iam:GetRole, organizations:DescribeOrganization, organizations:ListAccounts \
             and organizations:ListAWSServiceAccessForOrganization",
        )
    } else if error.is(&["MaximumNumberOfTrailsExceededException"]) {
        StepError::refused(error.to_string(), "AWS allows five trails in a Region: delete one of the management account's")
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desired() -> Desired {
        Desired {
            name: "acme-organization".to_owned(),
            home: "eu-west-1".to_owned(),
            bucket: Text::new("logs"),
            key: Text::new("arn:k"),
            trusted: Text::new("cloudtrail.amazonaws.com"),
            tags: tags::ours(&crate::name::literal("acme"), &"management/eu-west-1/trail/organization".parse().expect("valid")),
        }
    }

    fn observed() -> Observed {
        Observed {
            arn: "arn:aws:cloudtrail:eu-west-1:1:trail/acme-organization".to_owned(),
            name: "acme-organization".to_owned(),
            home: "eu-west-1".to_owned(),
            settings: Settings::wanted("logs", "arn:k"),
            logging: true,
            delivered: None,
            trouble: None,
            events: Selectors::default(),
            tags: desired().tags,
        }
    }

    #[test]
    fn differences() {
        assert_eq!(Trail::diff(&desired(), &observed()), Ok(vec![]));
        let weak = Observed {
            settings: Settings { key: None, prefix: Some("x".to_owned()), validation: false, ..observed().settings },
            logging: false,
            events: Selectors::Basic(Vec::new()),
            ..observed()
        };
        let edits = Trail::diff(&desired(), &weak).expect("open");
        let shown: Vec<String> = edits.iter().flat_map(Trail::fields).map(|field| field.to_string()).collect();
        assert_eq!(
            shown,
            [
                "prefix  - x",
                "key  + arn:k",
                "validation  off -> on",
                "events  no management events -> all management events",
                "logging  off -> on"
            ]
        );
    }

    #[test]
    fn a_trail_of_another_owner_is_described() {
        let foreign = Observed { tags: Tags::new(), ..observed() };
        let Adoption::Refuse(blocked) = Trail::adoption(&desired(), &foreign) else { panic!("refused") };
        assert!(blocked.reason.contains("it records the whole organization into bucket logs"), "{}", blocked.reason);
    }

    #[test]
    fn another_bucket_is_a_hazard_and_another_key_is_not() {
        let hazards = |settings: Settings| {
            let edits = Trail::diff(&desired(), &Observed { settings, ..observed() }).expect("open");
            edits.iter().flat_map(Trail::hazards).map(|hazard| hazard.text).collect::<Vec<_>>()
        };
        assert_eq!(hazards(Settings { key: None, validation: false, ..observed().settings }), [""; 0]);
        assert_eq!(
            hazards(Settings { bucket: "old".to_owned(), ..observed().settings }),
            ["the trail writes into bucket logs from now on; its earlier files stay in old"]
        );
    }

    #[test]
    fn a_trail_of_the_wanted_name_in_another_home_region_blocks() {
        let shadow = Observed {
            arn: "arn:aws:cloudtrail:us-east-1:1:trail/acme-organization".to_owned(),
            home: "us-east-1".to_owned(),
            tags: Tags::new(),
            ..observed()
        };
        assert!(Trail::matches(&desired(), &shadow));
        let blocked = Trail::diff(&desired(), &shadow).expect_err("elsewhere");
        assert!(blocked.reason.starts_with("a trail acme-organization exists with home Region us-east-1"), "{}", blocked.reason);
        assert_eq!(Trail::adoption(&desired(), &shadow), Adoption::Refuse(blocked));
    }
}
