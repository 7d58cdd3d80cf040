//! Every condition key that a document of landfall's uses is one that the simulator fills in: a statement about a key that is not
//! there is silent, and the simulator would let through what AWS refuses.
//!
//! Each row shows it by a call: with the key's value in a policy it is allowed, with another value it is refused.

use std::collections::BTreeSet;

use aws_credential_types::Credentials;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::clock;
use landfall_tests::probes::{Use, World, worlds};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";
const MANAGEMENT: &str = "111111111111";
const BUCKET: &str = "acme-keys";
const OF_MEMBER: &str = "acme-of-member";
const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/keys";
const ADMINISTRATOR: &str =
    "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_0123456789abcdef";
/// The value that a key does not have.
const OTHER: &str = "another";

/// The policy that reads a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The caller's: its own policies, its boundary, the guardrails over it.
    Caller,
    /// A role's trust.
    Trust,
    Bucket,
    Key,
    /// A resource control policy of the member account, in whose bucket this is.
    Resource,
}

/// By which call a key is shown.
#[derive(Debug, Clone, Copy)]
enum Call {
    DeleteTags,
    CreateTags,
    CreateRole,
    ListRoles,
    DescribeVpcs,
    DescribeKey,
    RootSession,
    AssumeRole,
    AssumeRoleWithCode,
    WebIdentity,
    PutObject,
    CreateTrail,
    CreateFlowLogs,
    StartBackup,
    /// The simulator has no call that carries the key; the one that does is refused by name.
    Unsimulated(&'static str),
}

/// A row: the policy, the key, the value that the call gives it, the call. `{…}` in values is filled in.
type Row = (Place, &'static str, &'static str, Call);

const ROWS: &[Row] = &[
    (Place::Caller, "aws:ResourceTag/landfall:organization", "acme", Call::DeleteTags),
    (Place::Caller, "aws:TagKeys", "landfall:x", Call::CreateTags),
    (Place::Caller, "iam:PermissionsBoundary", "arn:aws:iam::{account}:policy/edge", Call::CreateRole),
    (Place::Caller, "aws:PrincipalArn", "arn:aws:iam::{account}:role/probe", Call::ListRoles),
    (Place::Caller, "aws:RequestedRegion", REGION, Call::DescribeVpcs),
    (Place::Caller, "kms:ResourceAliases", "alias/landfall/audit", Call::DescribeKey),
    (Place::Caller, "aws:AssumedRoot", "true", Call::RootSession),
    (Place::Caller, "iam:PassedToService", "lambda.amazonaws.com", Call::Unsimulated("iam:AddRoleToInstanceProfile")),
    (Place::Caller, "ec2:InstanceType", "t3.micro", Call::Unsimulated("ec2:RunInstances")),
    (Place::Caller, "ec2:Add/group", "all", Call::Unsimulated("ec2:ModifySnapshotAttribute")),
    // Bedrock as a whole is not simulated: its requests are refused by the name of the service.
    (Place::Caller, "bedrock:InferenceProfileArn", "", Call::Unsimulated("bedrock")),
    (Place::Trust, "aws:PrincipalArn", ADMINISTRATOR, Call::AssumeRole),
    (Place::Trust, "aws:RequestTag/landfall:reason", "release 42", Call::AssumeRole),
    (Place::Trust, "aws:TagKeys", "landfall:reason", Call::AssumeRole),
    (Place::Trust, "aws:MultiFactorAuthPresent", "true", Call::AssumeRoleWithCode),
    (Place::Trust, "aws:MultiFactorAuthAge", "0", Call::AssumeRoleWithCode),
    (Place::Trust, "token.actions.githubusercontent.com:aud", "sts.amazonaws.com", Call::WebIdentity),
    (Place::Trust, "token.actions.githubusercontent.com:ref", "refs/heads/main", Call::WebIdentity),
    (Place::Trust, "token.actions.githubusercontent.com:repository_id", "67890", Call::WebIdentity),
    (Place::Trust, "token.actions.githubusercontent.com:sub", "repo:acme@12345/shop@67890:environment:prod", Call::WebIdentity),
    (Place::Trust, "aws:SourceAccount", MANAGEMENT, Call::StartBackup),
    (Place::Bucket, "aws:PrincipalArn", "arn:aws:iam::{account}:role/probe", Call::PutObject),
    (Place::Bucket, "aws:PrincipalIsAWSService", "false", Call::PutObject),
    (Place::Bucket, "aws:SecureTransport", "true", Call::PutObject),
    (Place::Bucket, "s3:x-amz-server-side-encryption-aws-kms-key-id", "{key}", Call::PutObject),
    (Place::Bucket, "aws:SourceArn", TRAIL, Call::CreateTrail),
    (Place::Bucket, "aws:SourceAccount", MANAGEMENT, Call::CreateTrail),
    (Place::Bucket, "s3:x-amz-acl", "bucket-owner-full-control", Call::CreateTrail),
    (Place::Bucket, "aws:SourceOrgID", "{organization}", Call::CreateFlowLogs),
    (Place::Key, "aws:SourceArn", TRAIL, Call::CreateTrail),
    (Place::Key, "kms:EncryptionContext:aws:cloudtrail:arn", TRAIL, Call::CreateTrail),
    (Place::Key, "aws:SourceOrgID", "{organization}", Call::CreateFlowLogs),
    (Place::Resource, "aws:PrincipalOrgID", "{organization}", Call::PutObject),
    (Place::Resource, "aws:PrincipalAccount", "{account}", Call::PutObject),
    (Place::Resource, "aws:PrincipalIsAWSService", "false", Call::PutObject),
    (Place::Resource, "aws:SecureTransport", "true", Call::PutObject),
    (Place::Resource, "aws:SourceOrgID", "{organization}", Call::CreateTrail),
    (Place::Resource, "aws:SourceAccount", MANAGEMENT, Call::CreateTrail),
];

/// Returns every key of every generated document, and its policy.
fn used() -> BTreeSet<(Place, String)> {
    let mut used = BTreeSet::new();
    for held in worlds().iter().flat_map(World::held).filter(|held| held.is_generated) {
        let place = match held.used {
            Use::Guardrail | Use::Boundary | Use::Identity => Place::Caller,
            Use::Trust => Place::Trust,
            Use::Bucket => Place::Bucket,
            Use::Key => Place::Key,
            Use::ResourceGuardrail => Place::Resource,
        };
        let statements = held.value["Statement"].as_array().expect("a list");
        let conditions = statements.iter().filter_map(|statement| statement["Condition"].as_object()).flat_map(|all| all.values());
        used.extend(conditions.filter_map(Value::as_object).flat_map(|keys| keys.keys()).map(|key| (place, key.clone())));
    }
    used
}

#[test]
fn every_condition_key_has_a_row() {
    let rows: BTreeSet<(Place, String)> = ROWS.iter().map(|(place, key, ..)| (*place, (*key).to_owned())).collect();
    assert_eq!(rows.len(), ROWS.len(), "a row appears twice");
    let used = used();
    let (new, gone): (Vec<_>, Vec<_>) = (used.difference(&rows).collect(), rows.difference(&used).collect());
    assert!(new.is_empty(), "no row shows that the simulator fills in {new:?}");
    assert!(gone.is_empty(), "no document uses {gone:?} any more");
}

#[tokio::test]
async fn the_simulator_fills_in_every_condition_key() {
    for row in ROWS {
        let (place, key, value, call) = row;
        if let Call::Unsimulated(what) = call {
            Stage::new().await.is_refused_by_name(what).await;
            continue;
        }
        for is_value in [true, false] {
            let mut stage = Stage::new().await;
            if *place == Place::Resource {
                stage.bucket = OF_MEMBER;
            }
            let value = if is_value { stage.filled(value) } else { OTHER.to_owned() };
            stage.set(*place, *call, key, &value).await;
            let result = stage.send(*call).await;
            assert_eq!(result.is_ok(), is_value, "{place:?} {key} = {value}, {call:?}: {result:?}");
        }
    }
}

/// A member account with a role `probe`, and what the calls are about.
struct Stage {
    simulator: Simulator,
    account: String,
    organization: String,
    vpc: String,
    key: String,
    /// The bucket that calls are about.
    bucket: &'static str,
}

struct Clients {
    cloudtrail: aws_sdk_cloudtrail::Client,
    config: aws_types::SdkConfig,
    iam: aws_sdk_iam::Client,
    kms: aws_sdk_kms::Client,
    organizations: aws_sdk_organizations::Client,
    s3: aws_sdk_s3::Client,
    sts: aws_sdk_sts::Client,
}

fn clients(simulator: &Simulator, credentials: Credentials) -> Clients {
    let config = simulator.sdk_config_with(REGION, credentials);
    Clients {
        cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        kms: aws_sdk_kms::Client::new(&config),
        organizations: aws_sdk_organizations::Client::new(&config),
        s3: aws_sdk_s3::Client::new(&config),
        sts: aws_sdk_sts::Client::new(&config),
        config,
    }
}

fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// What allows everything under a condition.
fn allowing(key: &str, value: &str) -> Value {
    json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {key: value}}})
}

/// What counts as a refusal.
const REFUSED: [&str; 6] = [
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "InsufficientS3BucketPolicyException",
    "InsufficientEncryptionPolicyException",
    "NotAuthorized",
];

impl Clients {
    /// Asks EC2, and takes a refusal for the answer.
    async fn ec2(&self, operation: &'static str, pairs: &[(&str, &str)]) -> Result<landfall::simulator::Answer, String> {
        let sent = landfall::simulator::ask(&self.config, "ec2", operation, pairs).await;
        sent.inspect_err(|code| assert!(REFUSED.contains(&code.as_str()), "{operation}: {code}"))
    }
}

/// Takes a refusal for the answer; anything else that goes wrong is a mistake of this test.
fn answer<T, E: ProvideErrorMetadata + std::fmt::Debug>(sent: Result<T, E>) -> Result<(), String> {
    let Err(error) = sent else { return Ok(()) };
    let code = error.code().unwrap_or_default().to_owned();
    assert!(REFUSED.contains(&code.as_str()), "{error:?}");
    Err(code)
}

impl Stage {
    async fn new() -> Self {
        let simulator = Simulator::new(Options::default(), clock());
        let admin = clients(&simulator, Simulator::management_credentials());
        admin.organizations.create_organization().send().await.expect("made");
        let organization = admin.organizations.describe_organization().send().await.expect("made").organization.expect("one");
        let asked = admin.organizations.create_account().account_name("dev").email("aws+dev@acme.example").send().await.expect("asked");
        let request = asked.create_account_status.expect("a status").id.expect("an id");
        let status = admin.organizations.describe_create_account_status().create_account_request_id(request).send().await.expect("made");
        let account = status.create_account_status.expect("a status").account_id.expect("made");
        let key = admin.kms.create_key().send().await.expect("a key").key_metadata.expect("a key").arn.expect("an ARN");
        let here = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
        admin.s3.create_bucket().bucket(BUCKET).create_bucket_configuration(here).send().await.expect("a bucket");
        let mut stage = Self { simulator, account, organization: organization.id.expect("an id"), vpc: String::new(), key, bucket: BUCKET };

        let member = stage.session("OrganizationAccountAccessRole");
        let trust = document(&[json!({"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"})]);
        member.iam.create_role().role_name("probe").assume_role_policy_document(&trust).send().await.expect("made");
        let whatever = document(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
        member.iam.create_policy().policy_name("edge").policy_document(&whatever).send().await.expect("made");
        member.iam.put_role_policy().role_name("probe").policy_name("own").policy_document(&whatever).send().await.expect("put");
        let tags = [
            ("CidrBlock", "10.0.0.0/16"),
            ("TagSpecification.1.ResourceType", "vpc"),
            ("TagSpecification.1.Tag.1.Key", "landfall:organization"),
            ("TagSpecification.1.Tag.1.Value", "acme"),
        ];
        stage.vpc = member.ec2("CreateVpc", &tags).await.expect("made").text("vpc/vpcId").expect("an id");
        let key = member.kms.create_key().send().await.expect("a key").key_metadata.expect("a key");
        member.kms.create_alias().alias_name("alias/landfall/audit").target_key_id(key.key_id).send().await.expect("made");
        stage
    }

    fn admin(&self) -> Clients {
        clients(&self.simulator, Simulator::management_credentials())
    }

    /// Returns the clients of a session of a role of the member account.
    fn session(&self, role: &str) -> Clients {
        let principal = Principal::Session(self.account.parse().expect("an id"), role.to_owned(), "test".to_owned());
        clients(&self.simulator, self.simulator.credentials_for(&principal).expect("exists"))
    }

    fn filled(&self, value: &str) -> String {
        value.replace("{account}", &self.account).replace("{organization}", &self.organization).replace("{key}", &self.key)
    }

    /// Puts a condition on the key into the policy that decides.
    async fn set(&self, place: Place, call: Call, key: &str, value: &str) {
        let admin = self.admin();
        let condition = json!({"ForAnyValue:StringEquals": {key: value}});
        match place {
            Place::Caller => {
                // A guardrail binds root users as well, and reads the same keys.
                let guardrail =
                    admin.organizations.create_policy().name("keys").description("keys").content(document(&[allowing(key, value)]));
                let made = guardrail.r#type(aws_sdk_organizations::types::PolicyType::ServiceControlPolicy).send().await.expect("made");
                let id = made.policy.and_then(|policy| policy.policy_summary).and_then(|summary| summary.id).expect("an id");
                if matches!(call, Call::RootSession) {
                    enable_root_access(&admin).await;
                }
                admin.organizations.attach_policy().policy_id(id).target_id(&self.account).send().await.expect("attached");
                admin.organizations.detach_policy().policy_id("p-FullAWSAccess").target_id(&self.account).send().await.expect("detached");
            }
            Place::Trust => {
                let (principal, action) = match call {
                    Call::WebIdentity => {
                        let provider = admin.iam.create_open_id_connect_provider().url("https://token.actions.githubusercontent.com");
                        let made = provider.client_id_list("sts.amazonaws.com").send().await.expect("made");
                        (json!({"Federated": made.open_id_connect_provider_arn}), json!("sts:AssumeRoleWithWebIdentity"))
                    }
                    Call::AssumeRoleWithCode => {
                        let user = Principal::User(MANAGEMENT.parse().expect("an id"), "ada".to_owned());
                        drop(self.simulator.credentials_for(&user).expect("made"));
                        (json!({"AWS": format!("arn:aws:iam::{MANAGEMENT}:user/ada")}), json!("sts:AssumeRole"))
                    }
                    Call::StartBackup => (json!({"Service": "backup.amazonaws.com"}), json!("sts:AssumeRole")),
                    _ => (json!({"AWS": MANAGEMENT}), json!(["sts:AssumeRole", "sts:TagSession"])),
                };
                let mut condition = condition;
                if matches!(call, Call::WebIdentity) {
                    // GitHub's provider wants to see a subject (docs/AWS.md 3.5).
                    condition = json!({"StringEquals": {key: value}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}});
                }
                let statement = json!({"Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition});
                admin.iam.create_role().role_name("target").assume_role_policy_document(document(&[statement])).send().await.expect("made");
            }
            Place::Bucket => {
                self.open_bucket(Some(&condition)).await;
                self.open_key(None).await;
            }
            Place::Key => {
                self.open_bucket(None).await;
                self.open_key(Some(&condition)).await;
            }
            Place::Resource => {
                let member = self.session("OrganizationAccountAccessRole");
                let here = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
                member.s3.create_bucket().bucket(OF_MEMBER).create_bucket_configuration(here).send().await.expect("a bucket");
                self.open_key(None).await;
                let services = json!({"Service": "cloudtrail.amazonaws.com"});
                let resources = [format!("arn:aws:s3:::{OF_MEMBER}"), format!("arn:aws:s3:::{OF_MEMBER}/*")];
                let open = json!({"Effect": "Allow", "Principal": services, "Action": "s3:*", "Resource": resources});
                member.s3.put_bucket_policy().bucket(OF_MEMBER).policy(document(&[open])).send().await.expect("put");
                // These policies only deny: whatever has another value, or none.
                let others = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*",
                    "Condition": {"StringNotEquals": {key: value}}});
                let of_resources = aws_sdk_organizations::types::PolicyType::ResourceControlPolicy;
                let root = admin.organizations.list_roots().send().await.expect("one").roots()[0].id().expect("an id").to_owned();
                let enable = admin.organizations.enable_policy_type().root_id(root).policy_type(of_resources.clone());
                enable.send().await.expect("on");
                let guardrail = admin.organizations.create_policy().name("keys").description("keys").content(document(&[others]));
                let made = guardrail.r#type(of_resources).send().await.expect("made");
                let id = made.policy.and_then(|policy| policy.policy_summary).and_then(|summary| summary.id).expect("an id");
                admin.organizations.attach_policy().policy_id(id).target_id(&self.account).send().await.expect("attached");
            }
        }
    }

    /// Lets services use the key, under a condition.
    async fn open_key(&self, condition: Option<&Value>) {
        let services = json!({"Service": ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]});
        let own = json!({"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "kms:*", "Resource": "*"});
        let mut theirs = json!({"Effect": "Allow", "Principal": services, "Action": "kms:*", "Resource": "*"});
        if let Some(condition) = condition {
            theirs["Condition"] = condition.clone();
        }
        self.admin().kms.put_key_policy().key_id(&self.key).policy(document(&[own, theirs])).send().await.expect("put");
    }

    /// Lets the member account, and services, into the bucket, under a condition that only writes meet; its key is the one of this stage.
    async fn open_bucket(&self, condition: Option<&Value>) {
        let admin = self.admin();
        let (bucket, objects) = (format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*"));
        let services = json!({"Service": ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]});
        let look = json!({"Effect": "Allow", "Principal": services, "Action": "s3:GetBucketAcl", "Resource": bucket});
        let mut writers = services.clone();
        writers["AWS"] = json!(self.account);
        let mut write = json!({"Effect": "Allow", "Principal": writers, "Action": "s3:PutObject", "Resource": objects});
        if let Some(condition) = condition {
            write["Condition"] = condition.clone();
        } else {
            let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms).kms_master_key_id(&self.key);
            let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default.build().expect("whole")).build();
            let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("whole");
            admin.s3.put_bucket_encryption().bucket(BUCKET).server_side_encryption_configuration(encryption).send().await.expect("put");
        }
        admin.s3.put_bucket_policy().bucket(BUCKET).policy(document(&[look, write])).send().await.expect("put");
    }

    /// Sends the call; returns how it was refused.
    async fn send(&self, call: Call) -> Result<(), String> {
        let (admin, probe) = (self.admin(), self.session("probe"));
        let target = format!("arn:aws:iam::{MANAGEMENT}:role/target");
        match call {
            Call::DeleteTags => probe.ec2("DeleteTags", &[("ResourceId.1", &self.vpc)]).await.map(drop),
            Call::CreateTags => {
                let tag = [("ResourceId.1", self.vpc.as_str()), ("Tag.1.Key", "landfall:x"), ("Tag.1.Value", "1")];
                probe.ec2("CreateTags", &tag).await.map(drop)
            }
            Call::CreateRole => {
                let trust = document(&[json!({"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"})]);
                let make = probe.iam.create_role().role_name("app").assume_role_policy_document(trust);
                answer(make.permissions_boundary(format!("arn:aws:iam::{}:policy/edge", self.account)).send().await)
            }
            Call::ListRoles => answer(probe.iam.list_roles().send().await),
            Call::DescribeVpcs => probe.ec2("DescribeVpcs", &[]).await.map(drop),
            Call::DescribeKey => answer(probe.kms.describe_key().key_id("alias/landfall/audit").send().await),
            Call::RootSession => {
                let task = "arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword";
                let policy = aws_sdk_sts::types::PolicyDescriptorType::builder().arn(task).build();
                let made = admin.sts.assume_root().target_principal(&self.account).task_policy_arn(policy).send().await.expect("assumed");
                let made = made.credentials.expect("credentials");
                let token = Some(made.session_token().to_owned());
                let root = Credentials::new(made.access_key_id(), made.secret_access_key(), token, None, "test");
                answer(clients(&self.simulator, root).iam.get_login_profile().send().await)
            }
            Call::AssumeRole => {
                let tag = aws_sdk_sts::types::Tag::builder().key("landfall:reason").value("release 42").build().expect("whole");
                answer(admin.sts.assume_role().role_arn(target).role_session_name("test").tags(tag).send().await)
            }
            Call::AssumeRoleWithCode => {
                let user = Principal::User(MANAGEMENT.parse().expect("an id"), "ada".to_owned());
                let ada = clients(&self.simulator, self.simulator.credentials_for(&user).expect("made"));
                let assume = ada.sts.assume_role().role_arn(target).role_session_name("test");
                let device = format!("arn:aws:iam::{MANAGEMENT}:mfa/ada");
                answer(assume.serial_number(device).token_code("123456").send().await)
            }
            Call::WebIdentity => {
                let token = landfall_tests::github::token("repo:acme@12345/shop@67890:environment:prod", 4_000_000_000);
                let assume = admin.sts.assume_role_with_web_identity().role_arn(target).role_session_name("test");
                answer(assume.web_identity_token(token).send().await)
            }
            Call::PutObject => {
                let put = probe.s3.put_object().bucket(self.bucket).key("x").body(b"x".to_vec().into());
                let sent = put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(&self.key).send().await;
                // The policy is asked before the simulator says that it keeps no such object.
                if sent.as_ref().is_err_and(|error| error.code() == Some("NotImplemented")) { Ok(()) } else { answer(sent) }
            }
            Call::CreateTrail => {
                let create = admin.cloudtrail.create_trail().name("keys").s3_bucket_name(self.bucket);
                answer(create.kms_key_id(&self.key).send().await)
            }
            Call::CreateFlowLogs => {
                let place = format!("arn:aws:s3:::{BUCKET}/flow-logs");
                let create = [
                    ("ResourceType", "VPC"),
                    ("ResourceId.1", self.vpc.as_str()),
                    ("TrafficType", "ALL"),
                    ("LogDestinationType", "s3"),
                    ("LogDestination", &place),
                ];
                let refused = probe.ec2("CreateFlowLogs", &create).await.expect("an answer").texts("unsuccessful/item/error/message");
                if refused.is_empty() { Ok(()) } else { Err(refused.join(", ")) }
            }
            Call::StartBackup => {
                let volume = [("AvailabilityZone", "eu-west-1a"), ("Size", "1"), ("VolumeType", "gp3")];
                let volume = admin.ec2("CreateVolume", &volume).await.expect("made").text("volumeId").expect("an id");
                let (vault, none) = (json!({ "BackupVaultName": "keys" }), "PUT /backup-vaults/{BackupVaultName}");
                landfall::simulator::ask_path(&admin.config, "backup", "CreateBackupVault", none, vault).await.expect("made");
                let resource = format!("arn:aws:ec2:{REGION}:{MANAGEMENT}:volume/{volume}");
                let job = json!({ "BackupVaultName": "keys", "ResourceArn": resource, "IamRoleArn": target });
                landfall::simulator::ask_path(&admin.config, "backup", "StartBackupJob", "PUT /backup-jobs", job).await.map(drop)
            }
            Call::Unsimulated(what) => panic!("{what} is not sent"),
        }
    }

    /// Shows that the simulator does not pretend to know a call.
    async fn is_refused_by_name(&self, what: &str) {
        let admin = self.admin();
        let code = match what {
            "iam:AddRoleToInstanceProfile" => {
                let sent = admin.iam.add_role_to_instance_profile().instance_profile_name("x").role_name("x").send().await;
                sent.expect_err("unknown").code().map(str::to_owned)
            }
            "ec2:RunInstances" => landfall::simulator::ask(&admin.config, "ec2", "RunInstances", &[("MinCount", "1")]).await.err(),
            "ec2:ModifySnapshotAttribute" => {
                landfall::simulator::ask(&admin.config, "ec2", "ModifySnapshotAttribute", &[("SnapshotId", "snap-1")]).await.err()
            }
            // No client of it is among the dependencies.
            "bedrock" => return,
            other => panic!("{other} is not in this table"),
        };
        assert_eq!(code.as_deref(), Some("NotImplemented"), "{what}");
    }
}

async fn enable_root_access(admin: &Clients) {
    admin.organizations.enable_aws_service_access().service_principal("iam.amazonaws.com").send().await.expect("trusted");
    admin.iam.enable_organizations_root_credentials_management().send().await.expect("enabled");
    admin.iam.enable_organizations_root_sessions().send().await.expect("enabled");
}
