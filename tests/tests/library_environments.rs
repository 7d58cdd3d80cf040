//! The library's front door on the simulator: names to sessions, three sources of one value, one function over many accounts.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_types::SdkConfig;
use landfall::desired::desired;
use landfall::environments::{EnterError, Index, IndexError, LookupError, Progress, Select, SourceError, Visit, ssm};
use landfall::model::Organization;
use landfall::name::Region;
use landfall::observe::{NotReady, observe};
use landfall::session::{Failure, RequestError, Session, Sessions};
use landfall::simulator::{Clock, Fault, Options, Simulator, Trouble};
use landfall::{Environments, Role};
use landfall_tests::{applied, organization};
use serde_json::json;

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
/// Two environments, one of them with a workload only, an extra account with tags, a role of its own.
const SHOP: &str = r#"
schema = 1
[organization]
name = "shop"
email = "aws+{account}@shop.example"
region = "eu-west-1"
regions = ["eu-west-1", "eu-central-1"]
[environments.dev]
tier = "development"
[environments.prod]
tier = "production"
follows = "dev"
[workloads.payments]
environments = ["prod"]
[workloads.catalogue]
environments = ["dev", "prod"]
[accounts.lake]
environment = "prod"
tags = { owner = "data" }
[roles.release-bot]
environments = ["dev", "prod"]
trust = ["account/catalogue-dev"]
policies = ["arn:aws:iam::aws:policy/PowerUserAccess"]
session = "2h"
"#;

fn region(code: &str) -> Region {
    code.parse().expect("a Region")
}

fn world(quota: usize) -> Simulator {
    let start: SystemTime = UNIX_EPOCH + Duration::from_hours(498_744);
    Simulator::new(Options::default().with_account_quota(quota), Clock::tokio(start))
}

/// Builds an organization and returns its index.
async fn built(config: &SdkConfig, organization: &Organization) -> (Sessions, Index) {
    assert_eq!(applied(config, organization).await.expect("observed").0.exit, 0);
    let sessions = Sessions::open(config, &organization.region).await.expect("open");
    let wanted = desired(organization);
    let survey = observe(&sessions, organization, &wanted, NotReady::Report).await.expect("observed");
    (sessions, Index::of(organization, &wanted, &survey.observation))
}

fn calls(simulator: &Simulator, operation: &str) -> usize {
    simulator.calls().iter().filter(|call| call.operation == operation).count()
}

async fn arn_in(_: Visit, session: Session) -> Result<String, aws_sdk_sts::Error> {
    arn(session).await
}

async fn arn(session: Session) -> Result<String, aws_sdk_sts::Error> {
    Ok(aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await?.arn().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_name_and_a_role_are_a_session() {
    let simulator = world(1000);
    let config = simulator.sdk_config("us-east-1");
    let (_, index) = built(&config, &organization(STARTUP)).await;
    simulator.forget_calls();
    let environments = Environments::from_json(&serde_json::to_string(&index).expect("JSON")).expect("an index").with_aws(&config);
    let prod = environments.get("prod").expect("there");
    assert_eq!((prod.tier(), simulator.calls().len()), ("production", 0), "names alone make no call");

    let session = prod.assume(Role::Deployer).reason("release 42").session_name("ci-4711").await.expect("a session");
    let id = prod.main().expect("one").id().expect("built");
    assert_eq!(session.account(), &id);
    assert_eq!(
        session.sdk_config().region().map(ToString::to_string),
        Some("eu-west-1".to_owned()),
        "home, whatever the configuration says"
    );
    assert_eq!(arn(session).await.expect("who"), format!("arn:aws:sts::{id}:assumed-role/deployer/ci-4711"));
    let elsewhere = prod.assume(Role::Auditor).region(region("eu-central-1")).await.expect("a session");
    assert_eq!(elsewhere.sdk_config().region().map(ToString::to_string), Some("eu-central-1".to_owned()));
    let again = prod.assume(Role::Deployer).reason("release 42").session_name("ci-4711").await.expect("a session");
    assert_eq!(again.role(), Some(format!("arn:aws:iam::{id}:role/landfall/deployer").as_str()));
    assert_eq!(calls(&simulator, "AssumeRole"), 2, "asked for in the same way, it is the same session");
    environments.account("log-archive").expect("there").assume(Role::Auditor).await.expect("belongs to no environment");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_refused_before_any_call() {
    let simulator = world(1000);
    let config = simulator.sdk_config("eu-west-1");
    let (_, index) = built(&config, &organization(SHOP)).await;
    simulator.forget_calls();
    let plain = Environments::from_index(index.clone()).expect("an index");
    let environments = plain.clone().with_aws(&config);
    let prod = environments.get("prod").expect("there");

    let Err(LookupError::Unknown { nearest, known, .. }) = environments.get("prd") else { panic!("unknown") };
    assert_eq!((nearest.as_deref(), known), (Some("prod"), vec!["dev".to_owned(), "prod".to_owned()]));
    assert_eq!(environments.get("qa").expect_err("unknown").to_string(), "there is no environment `qa`; there are dev, prod");
    let error = prod.assume(Role::Reader).await.expect_err("two workloads");
    assert_eq!(
        error.to_string(),
        "environment `prod` has several accounts: name one of catalogue-prod, lake, payments-prod with `.account(\"…\")`"
    );
    // One workload alone is the main account; workloads have short names.
    assert_eq!(environments.get("dev").expect("there").main().expect("one").key(), "catalogue-dev");
    let payments = prod.account("payments").expect("by workload");
    assert_eq!(payments.key(), prod.account("payments-prod").expect("by key").key());
    assert_eq!(prod.account("paymens").expect_err("unknown").to_string(), "there is no account `paymens`; the nearest is `payments`");

    let error = payments.assume(Role::named("realese-bot")).await.expect_err("no such role");
    assert_eq!(error.to_string(), "there is no role `realese-bot` in account `payments-prod`; the nearest is `release-bot`");
    let refused = |error: EnterError| match error {
        EnterError::Assume(error) => match error.failure {
            Failure::Request(error) => error,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    let writing = || payments.assume(Role::named("release-bot"));
    assert_eq!(refused(writing().await.expect_err("no reason")), RequestError::ReasonMissing);
    let long = payments.assume(Role::Reader).duration(Duration::from_hours(2)).await.expect_err("an hour is the most");
    assert!(refused(long).to_string().contains("900 to 3600 s are allowed: the role's own maximum"));
    writing().reason("x").duration(Duration::from_hours(2)).request().expect("its own maximum is more");
    assert!(matches!(
        refused(payments.assume(Role::Reader).session_name("a b").await.expect_err("a space")),
        RequestError::Character { .. }
    ));
    let unattached = plain.account("lake").expect("there").assume(Role::Reader).await.expect_err("no AWS");
    assert!(unattached.to_string().contains(".with_aws(&config)"), "{unattached}");

    let mut closed = index.clone();
    closed.accounts[0].state = "closed".to_owned();
    let closed = Environments::from_index(closed).expect("an index").with_aws(&config);
    let error = closed.account("log-archive").expect("there").assume(Role::Auditor).await.expect_err("closed");
    assert_eq!(error.to_string(), "account `log-archive` is closed");
    // Who is the role already needs no reason, so it is asked who the caller is.
    let called: Vec<String> = simulator.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(called, ["GetCallerIdentity"]);
}

#[test]
fn an_index_is_taken_or_refused_as_a_whole() {
    let good = json!({
        "landfall": 1, "later": "ignored",
        "organization": {
            "name": "acme", "id": "o-a1b2c3d4e5", "management": "111111111111", "partition": "aws", "region": "eu-west-1", "regions": []
        },
        "environments": [{ "name": "dev", "tier": "development", "follows": null, "accounts": [{
            "key": "dev", "id": "222222222222", "name": "acme-dev", "state": "active", "workload": null, "roles": {}, "network": null
        }] }],
        "accounts": [],
    });
    Environments::from_json(&good.to_string()).expect("fields that are new to us are ignored, and those of later versions may lack");
    let change = |path: &str, value: serde_json::Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(path).expect("there") = value;
        Environments::from_json(&changed.to_string()).expect_err("refused")
    };
    assert!(matches!(change("/landfall", json!(2)), IndexError::Newer { found: 2 }));
    let same = good["environments"][0]["accounts"][0].clone();
    let role = |name: &str, arn: &str| json!({ name: { "arn": arn, "max_session": 3600, "reason": false } });
    for (path, value, words) in [
        ("/organization/region", json!("Ireland"), "`Ireland` is not a Region code"),
        ("/organization/name", json!("acme\nX=1"), "the name of the organization"),
        ("/environments/0/name", json!("dev; id"), "the name of an environment"),
        ("/environments/0/accounts/0/key", json!("$(id)"), "the name of an account"),
        ("/environments/0/accounts/0/roles", role("a b", "arn:aws:iam::222222222222:role/a"), "the name of a role of account `dev`"),
        ("/environments/0/accounts/0/roles", role("a", "arn:aws:iam::222222222222:role/a\nX=1"), "role `a` of account `dev`: "),
        ("/environments/0/accounts/0/roles", role("a", "any text of some length"), "role `a` of account `dev`: `any text of"),
        ("/environments/0/accounts/0/roles", role("a", "arn:aws:iam::222222222222:user/a"), "is not a role ARN"),
        ("/environments/0/accounts/0/roles", role("a", "arn:aws:iam::999999999999:role/a"), "role/a is not in account 222222222222"),
        ("/environments/0/accounts/0/id", json!("12"), "the id of account `dev`"),
        ("/accounts", json!([same]), "account `dev` appears twice"),
    ] {
        let error = change(path, value).to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(matches!(Environments::from_json("[]"), Err(IndexError::Json(_))));
    let missing = Environments::from_file("/nowhere/environments.json").expect_err("no file");
    assert_eq!(missing.to_string(), "could not read the index /nowhere/environments.json");
}

#[tokio::test(start_paused = true)]
async fn three_sources_give_the_same_value() {
    for manifest in [STARTUP, SHOP] {
        let simulator = world(1000);
        let config = simulator.sdk_config("eu-west-1");
        let own = Sessions::open(&config, &region("eu-west-1")).await.expect("open");
        assert!(matches!(Environments::from_ssm(&own).await, Err(SourceError::Nothing { .. })));
        let (sessions, index) = built(&config, &organization(manifest)).await;
        let file = Environments::from_json(&serde_json::to_string_pretty(&index).expect("JSON")).expect("an index");
        assert_eq!(file.index(), &index);

        let published = ssm::publish(&sessions, &index).await.expect("published");
        assert!(published.written.iter().any(|name| name == "/landfall/environments/prod/1"), "{published:?}");
        let parameters = Environments::from_ssm(&sessions).await.expect("read");
        assert_eq!(parameters.index(), &index);
        let again = ssm::publish(&sessions, &index).await.expect("published");
        assert_eq!((again.written.len(), again.removed.len(), again.unchanged), (0, 0, published.written.len()));

        // Tags say everything but the networks.
        let mut told = index.clone();
        let of_environments = told.environments.iter_mut().flat_map(|environment| &mut environment.accounts);
        of_environments.chain(&mut told.accounts).for_each(|account| account.network = None);
        assert_eq!(Environments::discover(&sessions).await.expect("found").index(), &told);

        // What is gone from the index goes from the parameters.
        let mut smaller = index.clone();
        let gone = smaller.environments.pop().expect("one");
        let published = ssm::publish(&sessions, &smaller).await.expect("published");
        assert!(published.removed.contains(&format!("/landfall/environments/{}/1", gone.name)), "{published:?}");
        assert_eq!(Environments::from_ssm(&sessions).await.expect("read").index(), &smaller);

        // Half of a text is no text.
        let torn = Trouble::Rewrite("/Parameters/*/Value".to_owned(), "1/1 0000000000000000 {}".to_owned());
        simulator.inject(Fault::new(torn).on("ssm:GetParametersByPath"));
        assert!(matches!(Environments::from_ssm(&sessions).await, Err(SourceError::Torn { .. })));
    }
}

#[tokio::test(start_paused = true)]
async fn accounts_are_selected_by_what_the_index_says() {
    let simulator = world(1000);
    let (_, index) = built(&simulator.sdk_config("eu-west-1"), &organization(SHOP)).await;
    let environments = Environments::from_index(index).expect("an index");
    for (select, expected) in [
        (Select::all(), "catalogue-dev catalogue-prod lake payments-prod log-archive"),
        (Select::all().environment("dev"), "catalogue-dev"),
        (Select::all().tier("production"), "catalogue-prod lake payments-prod"),
        (Select::all().tier("production").workload("catalogue"), "catalogue-prod"),
        (Select::all().environment("dev").environment("prod").workload("catalogue"), "catalogue-dev catalogue-prod"),
        (Select::all().unit("Workloads"), "catalogue-dev catalogue-prod lake payments-prod"),
        (Select::all().unit("Workloads/NonProduction").unit("Security"), "catalogue-dev log-archive"),
        (Select::all().tag("owner", "data"), "lake"),
        (Select::all().account("log-archive"), "log-archive"),
        (Select::all().environment("dev").workload("payments"), ""),
    ] {
        let selection = environments.select(select.clone()).expect("known names");
        let keys: Vec<&str> = selection.accounts().iter().map(landfall::environments::Account::key).collect();
        assert_eq!(keys.join(" "), expected, "{select:?}");
    }
    for (select, words) in [
        (Select::all().tier("prodution"), "there is no environment of tier `prodution`; the nearest is `production`"),
        (Select::all().unit("Workload"), "there is no account in unit `Workload`; the nearest is `Workloads`"),
        (Select::all().tag("owner", "date"), "there is no account with tag `owner=date`; the nearest is `owner=data`"),
    ] {
        assert_eq!(environments.select(select).expect_err("unknown").to_string(), words);
    }
}

/// Makes accounts and an index of them; their access role is the role `access`.
async fn many(simulator: &Simulator, count: usize) -> Environments {
    let organizations = aws_sdk_organizations::Client::new(&simulator.sdk_config("eu-west-1"));
    organizations.create_organization().send().await.expect("an organization");
    let mut accounts = Vec::new();
    for n in 0..count {
        let name = format!("app-{n:04}");
        let asked =
            organizations.create_account().account_name(&name).email(format!("{name}@acme.example")).send().await.expect("accepted");
        let id = asked.create_account_status.and_then(|status| status.id).expect("an id");
        let status = organizations.describe_create_account_status().create_account_request_id(id).send().await.expect("a status");
        let id = status.create_account_status.and_then(|status| status.account_id).expect("made");
        let arn = format!("arn:aws:iam::{id}:role/OrganizationAccountAccessRole");
        accounts.push(json!({
            "key": name, "id": id, "name": name, "state": "active", "workload": null, "network": null,
            "roles": { "access": { "arn": arn, "max_session": 3600, "reason": false } },
        }));
    }
    let index = json!({
        "landfall": 1,
        "organization": {
            "name": "acme", "id": null, "management": "111111111111", "partition": "aws", "region": "eu-west-1", "regions": ["eu-west-1"]
        },
        "environments": [{ "name": "prod", "tier": "production", "follows": null, "accounts": accounts }],
        "accounts": [],
    });
    simulator.forget_calls();
    Environments::from_json(&index.to_string()).expect("an index").with_aws(&simulator.sdk_config("eu-west-1"))
}

#[tokio::test(start_paused = true)]
async fn a_thousand_accounts_are_visited_thirty_two_at_a_time() {
    let simulator = world(1100);
    let known = many(&simulator, 1000).await;
    let mut index = known.index().clone();
    let accounts = &mut index.environments[0].accounts;
    accounts[7].state = "closed".to_owned();
    accounts[8].state = "suspended".to_owned();
    let lost = accounts[9].roles.get_mut("access").expect("there");
    lost.arn = format!("{}-gone", lost.arn);
    accounts[10].roles.clear();
    let environments = Environments::from_index(index).expect("an index").with_aws(&simulator.sdk_config("eu-west-1"));

    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (inside, highest) = (Arc::clone(&now), Arc::clone(&most));
    let outcome = environments
        .select(Select::all())
        .expect("all")
        .each(Role::named("access"), 32, move |visit, session| {
            let (now, most) = (Arc::clone(&inside), Arc::clone(&highest));
            async move {
                assert_eq!(visit.id.as_ref(), Some(session.account()));
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(80)).await;
                let arn = arn(session).await.map_err(|error| error.to_string());
                now.fetch_sub(1, Ordering::SeqCst);
                arn.and_then(|arn| if arn.contains("0000000011:") { Err("no luck".to_owned()) } else { Ok(arn) })
            }
        })
        .await;
    let named = |list: Vec<&landfall::environments::Visit>| list.into_iter().map(|visit| visit.account.clone()).collect::<Vec<_>>();
    assert_eq!(outcome.done.len() + outcome.failed.len(), 996);
    assert!(outcome.done.iter().all(|(visit, arn)| arn.contains(visit.id.as_ref().expect("an id").as_str())), "each in its own account");
    assert!(outcome.done.is_sorted_by_key(|(visit, _)| visit.account.clone()), "in the index's order");
    assert_eq!(named(outcome.skipped.iter().map(|(visit, _)| visit).collect()), ["app-0007", "app-0008"]);
    assert_eq!(outcome.skipped[1].1, "suspended");
    assert_eq!(named(outcome.unreachable.iter().map(|(visit, _)| visit).collect()), ["app-0009", "app-0010"]);
    assert!(matches!(&outcome.unreachable[0].1, EnterError::Assume(error) if error.cause().is_some()));
    assert!(matches!(&outcome.unreachable[1].1, EnterError::RoleUndefined { .. }));
    assert!(!outcome.is_complete());
    assert_eq!(most.load(Ordering::SeqCst), 32, "never more, and no fewer");
    assert_eq!(calls(&simulator, "AssumeRole"), 997, "one for each account that has the role");
}

#[tokio::test(start_paused = true)]
async fn visits_report_progress_and_can_be_ended() {
    let simulator = world(100);
    let environments = many(&simulator, 20).await;
    let all = environments.select(Select::all()).expect("all");
    let told = Mutex::new(Vec::new());
    let regions = BTreeSet::from(["eu-central-1", "eu-west-1"]);
    let begun = tokio::time::Instant::now();
    let outcome = all
        .each(Role::named("access"), 4, |_, session| async move {
            tokio::time::sleep(Duration::from_secs(10)).await;
            Ok::<_, String>(session.sdk_config().region().map(ToString::to_string))
        })
        .regions(|_| regions.iter().map(|code| region(code)).collect())
        .asking(|assume| assume.session_name("report").duration(Duration::from_mins(15)))
        .progress(|progress| told.lock().expect("whole").push(progress))
        .until(tokio::time::sleep(Duration::from_secs(15)))
        .await;
    assert_eq!((outcome.done.len(), outcome.not_begun.len()), (8, 32), "two rounds of four began; they were not cut off");
    assert_eq!(begun.elapsed().as_secs(), 20);
    for (visit, found) in &outcome.done {
        assert_eq!(found.as_deref(), Some(visit.region.as_str()), "its own Region");
    }
    assert!(!outcome.is_complete());
    let told = told.into_inner().expect("whole");
    assert!(matches!(&told[0], Progress::Begun { visits, skipped } if visits.len() == 40 && skipped.is_empty()));
    assert_eq!(told.last(), Some(&Progress::Finished));
    let count = |is: fn(&Progress) -> bool| told.iter().filter(|progress| is(progress)).count();
    assert_eq!(count(|progress| matches!(progress, Progress::Started(_))), 8);
    assert_eq!(count(|progress| matches!(progress, Progress::Done(_))), 8);
    assert_eq!(count(|progress| matches!(progress, Progress::Stopping)), 1);
    assert_eq!(calls(&simulator, "AssumeRole"), 4, "two Regions of an account share one session");

    // All of it has one end, whatever its visits do.
    let told = Mutex::new(Vec::new());
    let visit = |visit: Visit, _| async move {
        tokio::time::sleep(Duration::from_secs(if visit.account == "app-0002" { 1000 } else { 10 })).await;
        Ok::<_, String>(())
    };
    let begun = tokio::time::Instant::now();
    let round = all.each(Role::named("access"), 4, visit).progress(|progress| told.lock().expect("whole").push(progress));
    let cut = round.deadline(Duration::from_secs(35)).await;
    assert_eq!(begun.elapsed().as_secs(), 35);
    assert_eq!((cut.done.len(), cut.broken.len(), cut.not_begun.len()), (9, 4, 7), "three lanes went round three times, one hung");
    assert_eq!(cut.broken[0].1.to_string(), "it did not finish within 35 s");
    let ended = |progress: &Progress| matches!(progress, Progress::Done(_) | Progress::Broken(..));
    let told = told.into_inner().expect("whole");
    assert_eq!(told.iter().filter(|progress| ended(progress)).count(), 13, "each visit that was begun has an end");
    assert_eq!(told.last(), Some(&Progress::Finished));

    // What has ended before it begins begins nothing.
    let none = all.each(Role::named("access"), 0, arn_in).until(std::future::ready(())).await;
    assert_eq!((none.done.len(), none.not_begun.len()), (0, 20));
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_refused_once() {
    let simulator = world(100);
    let known = many(&simulator, 5).await;
    let wrong = aws_credential_types::Credentials::new("AKIANOBODYNOBODYNOBO", "secret", None, None, "test");
    let environments = known.with_aws(&simulator.sdk_config_with("eu-west-1", wrong));
    let outcome = environments.select(Select::all()).expect("all").each(Role::named("access"), 2, arn_in).await;
    assert_eq!(outcome.unreachable.len(), 5);
    assert!(outcome.unreachable.iter().all(|(_, error)| matches!(error, EnterError::Open(_))), "{:?}", outcome.unreachable);
    assert_eq!(calls(&simulator, "GetCallerIdentity"), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_visit_that_panics_blocks_or_never_ends_is_one_entry() {
    let simulator = Simulator::new(Options::default().with_account_quota(100), Clock::wall());
    let environments = many(&simulator, 40).await;
    let told = Mutex::new(Vec::new());
    let outcome = environments
        .select(Select::all())
        .expect("all")
        .each(Role::named("access"), 32, |visit: Visit, _| async move {
            match visit.account.as_str() {
                "app-0003" => panic!("no luck in {}", visit.account),
                "app-0004" => std::future::pending::<()>().await,
                // Blocks its thread, not the others'.
                _ => std::thread::sleep(Duration::from_millis(50)),
            }
            Ok::<_, String>(())
        })
        .within(Duration::from_secs(3))
        .progress(|progress| told.lock().expect("whole").push(progress))
        .await;
    assert_eq!((outcome.done.len(), outcome.broken.len(), outcome.is_complete()), (38, 2, false));
    let broken: Vec<String> = outcome.broken.iter().map(|(visit, broken)| format!("{}: {broken}", visit.account)).collect();
    assert_eq!(broken, ["app-0003: the function panicked: no luck in app-0003", "app-0004: it did not finish within 3 s"]);
    let told = told.into_inner().expect("whole");
    assert_eq!(told.iter().filter(|progress| matches!(progress, Progress::Broken(..))).count(), 2);
    assert_eq!(told.last(), Some(&Progress::Finished));

    let id = environments.account("app-0007").expect("there").id().expect("made");
    assert_eq!(environments.account_by_id(&id).expect("there").key(), "app-0007");
    let unknown = environments.account_by_id(&"999999999999".parse().expect("an id")).expect_err("unknown");
    assert_eq!(unknown.to_string(), "there is no account with id `999999999999`");
}
