//! docs/ACCESS.md, "The last resort", carried out on the simulator as it is written there: command by command, in its order.

use std::collections::BTreeMap;

use aws_credential_types::Credentials;
use aws_smithy_types::error::metadata::ProvideErrorMetadata as _;
use aws_types::SdkConfig;
use landfall::model::Organization;
use landfall::simulator::{Options, Principal, Simulator};
use landfall_tests::{account_id, applied, clock, organization, planned, small};

const DOCUMENT: &str = include_str!("../../docs/ACCESS.md");
const ACCESS: &str = r#"
[access]
operators = ["sso:Engineers"]
administrators = ["sso:AdministratorAccess"]
break_glass = ["arn:aws:iam::111111111111:user/ada"]
"#;
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";
const REGION: &str = "eu-west-1";

/// Who types the next command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// The administrator of the management account.
    Administrator,
    /// The latest session of `assume-root`.
    Session,
    /// Who signed in as the account's root user.
    Root,
}

/// Returns the commands of the section, in their order, with the number of the step that each belongs to.
fn commands() -> Vec<(usize, Vec<String>)> {
    let (_, section) = DOCUMENT.split_once("## The last resort").expect("the document has the section");
    let (section, _) = section.split_once("\n## ").expect("others follow");
    let (mut step, mut commands) = (0, Vec::new());
    for line in section.lines() {
        let trimmed = line.trim();
        if let Some((number, _)) = line.split_once(". ").filter(|(number, _)| number.parse::<usize>().is_ok()) {
            step = number.parse().expect("a number");
        } else if trimmed.starts_with("aws ") || trimmed.starts_with("landfall ") {
            let command = trimmed.split('#').next().unwrap_or_default();
            commands.push((step, command.split_whitespace().map(str::to_owned).collect()));
        }
    }
    commands
}

/// Who types a command, as the text around it says: what follows `assume-root` in its step is the session's, step 5 the root user's.
fn hand(step: usize, words: &[String]) -> Hand {
    match words[..] {
        _ if step == 5 => Hand::Root,
        [_, ref service, ref call, ..] if service == "iam" && call.ends_with("-login-profile") => Hand::Session,
        _ => Hand::Administrator,
    }
}

struct Emergency {
    simulator: Simulator,
    config: SdkConfig,
    organization: Organization,
    account: String,
    /// What the document writes in capitals.
    placeholders: BTreeMap<&'static str, String>,
    session: Option<Credentials>,
}

impl Emergency {
    fn config_of(&self, hand: Hand) -> SdkConfig {
        let credentials = match hand {
            Hand::Administrator => Simulator::management_credentials(),
            Hand::Session => self.session.clone().expect("assume-root came before"),
            Hand::Root => self.as_root().expect("the root user has a password to be reset"),
        };
        self.simulator.sdk_config_with(REGION, credentials)
    }

    /// Signs in as the account's root user, by its e-mail.
    fn as_root(&self) -> Option<Credentials> {
        self.simulator.credentials_for(&Principal::Root(self.account.parse().expect("an id")))
    }

    /// Whether the access role lets an administrator in.
    async fn is_open(&self) -> bool {
        let sts = aws_sdk_sts::Client::new(&self.config);
        let arn = format!("arn:aws:iam::{}:role/{ACCESS_ROLE}", self.account);
        sts.assume_role().role_arn(arn).role_session_name("test").send().await.is_ok()
    }

    /// Reads the id of a name off a list that a command printed, for the commands behind it.
    fn read_off<'a>(&mut self, placeholder: &'static str, list: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>, name: &str) {
        let id = list.filter(|(listed, _)| *listed == Some(name)).find_map(|(_, id)| id);
        self.placeholders.insert(placeholder, id.unwrap_or_else(|| panic!("{placeholder}: no {name} is listed")).to_owned());
    }

    /// Types one command of the document; returns the code with which AWS refuses it.
    async fn type_in(&mut self, hand: Hand, words: &[String]) -> Result<(), String> {
        let option = |name: &str| {
            let value =
                words.iter().position(|word| word == name).and_then(|at| words.get(at + 1)).unwrap_or_else(|| panic!("{name}: {words:?}"));
            self.placeholders.get(value.as_str()).cloned().unwrap_or_else(|| value.clone())
        };
        let config = self.config_of(hand);
        let (iam, organizations) = (aws_sdk_iam::Client::new(&config), aws_sdk_organizations::Client::new(&config));
        let code = |code: Option<&str>| code.unwrap_or("not answered").to_owned();
        let line: Vec<&str> = words.iter().take_while(|word| !word.starts_with("--")).map(String::as_str).collect();
        match line[..] {
            ["aws", "organizations", "enable-aws-service-access"] => {
                let sent = organizations.enable_aws_service_access().service_principal(option("--service-principal")).send().await;
                sent.map(drop).map_err(|error| code(error.code()))
            }
            ["aws", "iam", "enable-organizations-root-credentials-management"] => {
                iam.enable_organizations_root_credentials_management().send().await.map(drop).map_err(|error| code(error.code()))
            }
            ["aws", "iam", "enable-organizations-root-sessions"] => {
                iam.enable_organizations_root_sessions().send().await.map(drop).map_err(|error| code(error.code()))
            }
            ["aws", "sts", "assume-root"] => {
                let task = option("--task-policy-arn").strip_prefix("arn=").expect("the CLI's shorthand").to_owned();
                let region = aws_types::region::Region::new(option("--region"));
                let sts = aws_sdk_sts::Client::new(&config.to_builder().region(region).build());
                let policy = aws_sdk_sts::types::PolicyDescriptorType::builder().arn(task).build();
                let sent = sts.assume_root().target_principal(option("--target-principal")).task_policy_arn(policy).send().await;
                let made = sent.map_err(|error| code(error.code()))?.credentials.expect("credentials");
                let token = made.session_token().to_owned();
                self.session = Some(Credentials::new(made.access_key_id(), made.secret_access_key(), Some(token), None, "test"));
                Ok(())
            }
            ["aws", "iam", "create-login-profile"] => iam.create_login_profile().send().await.map(drop).map_err(|error| code(error.code())),
            ["aws", "iam", "delete-login-profile"] => iam.delete_login_profile().send().await.map(drop).map_err(|error| code(error.code())),
            ["aws", "organizations", "list-roots"] => {
                let listed = organizations.list_roots().send().await.map_err(|error| code(error.code()))?;
                self.read_off("ROOT", listed.roots().iter().map(|root| (root.name(), root.id())), "Root");
                Ok(())
            }
            ["aws", "organizations", "list-organizational-units-for-parent"] => {
                let list = organizations.list_organizational_units_for_parent().parent_id(option("--parent-id"));
                let listed = list.send().await.map_err(|error| code(error.code()))?;
                self.read_off("UNIT", listed.organizational_units().iter().map(|unit| (unit.name(), unit.id())), "Workloads");
                Ok(())
            }
            ["aws", "organizations", "list-policies-for-target"] => {
                let list = organizations.list_policies_for_target().target_id(option("--target-id"));
                let listed = list.filter(option("--filter").as_str().into()).send().await.map_err(|error| code(error.code()))?;
                self.read_off("BASE", listed.policies().iter().map(|policy| (policy.name(), policy.id())), "landfall-base");
                Ok(())
            }
            ["aws", "organizations", "detach-policy"] => {
                let detach = organizations.detach_policy().policy_id(option("--policy-id")).target_id(option("--target-id"));
                detach.send().await.map(drop).map_err(|error| code(error.code()))
            }
            ["aws", "iam", "update-assume-role-policy"] => {
                let update = iam.update_assume_role_policy().role_name(option("--role-name"));
                update.policy_document(option("--policy-document")).send().await.map(drop).map_err(|error| code(error.code()))
            }
            ["landfall", "apply"] => {
                assert_eq!(applied(&self.config, &self.organization).await.expect("observed").0.exit, 0);
                Ok(())
            }
            _ => panic!("docs/ACCESS.md has a command that this test cannot carry out: {words:?}"),
        }
    }
}

/// Builds the organization, and locks everybody out of one account.
async fn emergency(key: &str, was_central: bool) -> Emergency {
    let simulator = Simulator::new(Options::default(), clock());
    let config = simulator.sdk_config(REGION);
    let organization = organization(&landfall_tests::without_network(&small(ACCESS)));
    let (organizations, iam) = (aws_sdk_organizations::Client::new(&config), aws_sdk_iam::Client::new(&config));
    organizations.create_organization().send().await.expect("made");
    if was_central {
        organizations.enable_aws_service_access().service_principal("iam.amazonaws.com").send().await.expect("trusted");
        iam.enable_organizations_root_credentials_management().send().await.expect("enabled");
    } else {
        // Made before central root access was on: landfall finds it by its e-mail.
        let create = organizations.create_account().account_name(format!("acme-{key}")).email(format!("aws+{key}@acme.example"));
        create.send().await.expect("made");
    }
    assert_eq!(applied(&config, &organization).await.expect("observed").0.exit, 0);
    // Landfall has turned it on; another hand turns it off.
    iam.disable_organizations_root_sessions().send().await.expect("disabled");
    iam.disable_organizations_root_credentials_management().send().await.expect("disabled");
    let (_, plan) = planned(&config, &organization).await.expect("observed");
    let account = account_id(&plan, key);
    let whom = |id: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{id}:root"}},"Action":"sts:AssumeRole"}}]}}"#
        )
    };
    // The others are read off what the document's own commands print.
    let placeholders = BTreeMap::from([("ACCOUNT", account.clone()), ("TRUST", whom("111111111111"))]);
    let within = Principal::Session(account.parse().expect("an id"), "provisioner".to_owned(), "test".to_owned());
    let within = aws_sdk_iam::Client::new(&simulator.sdk_config_with(REGION, simulator.credentials_for(&within).expect("exists")));
    for role in [ACCESS_ROLE, "break-glass", "provisioner"] {
        within.update_assume_role_policy().role_name(role).policy_document(whom("222299999999")).send().await.expect("broken");
    }
    Emergency { simulator, config, organization, account, placeholders, session: None }
}

/// In development and in production, where more is denied; with root credentials and in an account that was made without them.
#[tokio::test]
async fn the_steps_of_the_document_lead_back_in() {
    let commands = commands();
    assert_eq!(commands.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 1, 1, 2, 2, 4, 4, 4, 4, 5, 6, 7, 7], "{commands:?}");
    for (key, was_central) in [("dev", false), ("dev", true), ("prod", false), ("prod", true)] {
        let mut emergency = emergency(key, was_central).await;
        assert!(!emergency.is_open().await, "{key}: no one can enter");
        assert_eq!(emergency.as_root().is_none(), was_central, "{key}");
        for (step, words) in &commands {
            let hand = hand(*step, words);
            if hand == Hand::Root {
                emergency.as_root().expect("step 3: the e-mail's owner sets a password");
            }
            let result = emergency.type_in(hand, words).await;
            let is_there = !was_central && words.contains(&"create-login-profile".to_owned());
            let expected = if is_there { Err("EntityAlreadyExists".to_owned()) } else { Ok(()) };
            assert_eq!(result, expected, "{key}, step {step}: {words:?}");
        }
        assert!(emergency.as_root().is_none(), "{key}: step 7 took the password away");
        let (_, plan) = planned(&emergency.config, &emergency.organization).await.expect("observed");
        assert!(plan.is_settled(), "{key}: {:?}", plan.view());
        assert!(emergency.is_open().await, "{key}");
        let others = Principal::PermissionSet("Engineers".to_owned());
        let others = emergency.simulator.credentials_for(&others).expect("there is a management account");
        emergency.config = emergency.simulator.sdk_config_with(REGION, others);
        assert!(!emergency.is_open().await, "{key}: as narrow as it was");
    }
}

/// Each step is there for a reason: without it, a later one is refused.
#[tokio::test]
async fn no_step_of_the_document_can_be_left_out() {
    let all = commands();
    for (left_out, stops_at) in [(1, 2), (2, 5), (4, 5), (5, 6)] {
        let mut emergency = emergency("prod", true).await;
        let mut stopped = None;
        for (step, words) in all.iter().filter(|(step, _)| *step != left_out) {
            let hand = hand(*step, words);
            if hand == Hand::Root && emergency.as_root().is_none() {
                stopped = Some((*step, "no one can sign in".to_owned()));
                break;
            }
            if *step == 6 {
                // The run itself ends with an error: it gets into no account.
                stopped = (!emergency.is_open().await).then(|| (6, "no one can enter".to_owned()));
                break;
            }
            if let Err(code) = emergency.type_in(hand, words).await {
                stopped = Some((*step, code));
                break;
            }
        }
        assert_eq!(stopped.as_ref().map(|(step, _)| *step), Some(stops_at), "without step {left_out}: {stopped:?}");
    }
    // The root user may not call AssumeRoot, as the document says.
    let emergency = emergency("dev", false).await;
    let root = Principal::Root("111111111111".parse().expect("an id"));
    let root = emergency.simulator.sdk_config_with(REGION, emergency.simulator.credentials_for(&root).expect("exists"));
    let policy =
        aws_sdk_sts::types::PolicyDescriptorType::builder().arn("arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword").build();
    let sent = aws_sdk_sts::Client::new(&root).assume_root().target_principal(&emergency.account).task_policy_arn(policy).send().await;
    assert_eq!(sent.expect_err("refused").code(), Some("AccessDenied"));
}
