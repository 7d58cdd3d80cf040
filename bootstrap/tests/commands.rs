//! First steps: a manifest from `init`, applied to the sandbox, and plans of parts of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A temporary folder, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("commands-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command.args(arguments).current_dir(&self.0).env_clear().env("HOME", &self.0).stdin(Stdio::null());
        Run(command.output().expect("the binary runs"))
    }
}

impl Place {
    /// Changes the simulated world outside landfall.
    fn tamper(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let file = self.0.join(".landfall/sandbox.json");
        let text = std::fs::read_to_string(&file).expect("a sandbox");
        let mut sandbox: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        change(&mut sandbox["world"]);
        std::fs::write(&file, sandbox.to_string()).expect("written");
    }

    /// Returns an applied sandbox.
    fn applied(name: &str) -> Self {
        let place = Self::new(name);
        place.run(INIT).expect(0);
        place.run(&["apply", "--sandbox", "--yes"]).expect(0);
        place
    }

    /// Changes the manifest's text.
    fn rewrite(&self, change: impl FnOnce(&str) -> String) {
        let file = self.0.join("landfall.toml");
        let text = std::fs::read_to_string(&file).expect("a manifest");
        std::fs::write(&file, change(&text)).expect("written");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Run(Output);

impl Run {
    fn out(&self) -> String {
        String::from_utf8_lossy(&self.0.stdout).into_owned()
    }

    fn err(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
    }

    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "stdout: {}\nstderr: {}", self.out(), self.err());
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.err().contains(words), "{words}: {}", self.err());
        self
    }
}

const INIT: &[&str] = &["init", "--name", "kestrel", "--email", "aws@kestrel.example", "--region", "eu-north-1"];

#[test]
fn a_manifest_from_init_can_be_applied_and_used_at_once() {
    let place = Place::new("init");
    place
        .run(&[INIT, &["--environments", "lab,dev,prd,dr", "--github", "kestrel@1/platform@2"]].concat())
        .expect(0)
        .says("wrote landfall.toml");
    let manifest = std::fs::read_to_string(place.0.join("landfall.toml")).expect("written");
    assert!(manifest.starts_with("#:schema ./landfall.schema.json\n"), "{manifest}");
    let schema = std::fs::read_to_string(place.0.join("landfall.schema.json")).expect("written");
    assert_eq!(schema, place.run(&["schema"]).expect(0).out());
    for (environment, tier) in [("lab", "sandbox"), ("dev", "development"), ("prd", "production"), ("dr", "production")] {
        assert!(manifest.contains(&format!("[environments.{environment}]\ntier    = \"{tier}\"\n")), "{manifest}");
    }
    place.run(&["validate"]).expect(0);
    let plan = place.run(&["plan", "--sandbox"]).expect(0).out();
    assert!(!plan.contains("no principal may deploy"), "{plan}");
    place.run(&["apply", "--sandbox", "--yes"]).expect(0);
    // README's first line of its section about sessions.
    place.run(&["exec", "--sandbox", "dev", "--role", "deployer", "--", "/bin/true"]).expect(0);
}

/// Production deploys only through pipelines: if none is named, there is no role, and a notice says how to get it.
#[test]
fn a_notice_says_how_to_get_a_role_without_principals() {
    let place = Place::new("no-deployer");
    place.run(&[INIT, &["--environments", "dev,prod"]].concat()).expect(0);
    let failed = place.run(&["exec", "--sandbox", "prod", "--role", "deployer", "--reason", "x", "--", "/bin/true"]).expect(125);
    failed.says("`access.pipelines` and `access.github`");
}

#[test]
fn help_without_a_terminal_is_as_wide_as_every_page() {
    let place = Place::new("help");
    for command in ["init", "apply", "outputs", "exec", "credentials"] {
        let helps = [vec!["--help"], vec![command, "--help"], vec![command, "-h"], vec!["help", command], vec!["options"]];
        for help in helps {
            let text = place.run(&help).expect(0).out();
            let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(!text.is_empty() && wide.is_empty(), "{help:?}: {wide:?}");
        }
    }
}

#[test]
fn init_refuses_before_it_writes_anything() {
    let place = Place::new("init-refuses");
    let files = |place: &Place| std::fs::read_dir(&place.0).expect("read").count();
    place
        .run(&["init", "--name", "K", "--email", "aws", "--region", "me-south-1", "--github", "x"])
        .expect(64)
        .says("--name K:")
        .says("--email aws:")
        .says("--region me-south-1:")
        .says("--github x:");
    place.run(&[INIT, &["--environments", "blue"]].concat()).expect(64).says("--tiers blue=TIER");
    place.run(&[INIT, &["--environments", "dev", "--tiers", "prod=production"]].concat()).expect(64).says("no such environment");
    place.run(&["init"]).expect(64).says("--name, --email, --region missing");
    assert_eq!(files(&place), 0);
    std::fs::write(place.0.join("landfall.schema.json"), "{\"mine\": true}").expect("written");
    place.run(INIT).expect(64).says("landfall.schema.json");
    assert_eq!(files(&place), 1);
}

#[test]
fn an_environment_of_workloads_can_be_planned_by_its_name() {
    let place = Place::new("only");
    place.run(INIT).expect(0);
    let manifest = std::fs::read_to_string(place.0.join("landfall.toml")).expect("written");
    std::fs::write(place.0.join("landfall.toml"), format!("{manifest}\n[workloads.billing]\nenvironments = [\"dev\"]\n")).expect("written");
    let plan = place.run(&["plan", "--sandbox", "--only", "dev"]).expect(0).out();
    assert!(plan.contains("+ account/billing-dev") && plan.contains("+ billing-dev/iam-role/reader"), "{plan}");
    assert!(!plan.contains("account/prod") && !plan.contains("account/staging"), "{plan}");
    place.run(&["plan", "--sandbox", "--only", "dev", "--out", "dev.json"]).expect(0);
    place.run(&["apply", "--sandbox", "dev.json", "--yes"]).expect(0);
    place.run(&["plan", "--sandbox", "--only", "dev", "--detailed-exitcode"]).expect(0);
    place.run(&["plan", "--sandbox", "--only", "dve"]).expect(64).says("dev, ").says("billing-dev");
    place.run(&["apply", "--sandbox", "--allow", "foo"]).expect(64).says("adopt-unit");
}

/// Notices before the plan list what still exists in an account that left the manifest, and suggest that it may have another key
/// now.
#[test]
fn an_account_that_workloads_replace_is_reported_first() {
    let place = Place::new("leaves");
    place.run(INIT).expect(0);
    place.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let manifest = std::fs::read_to_string(place.0.join("landfall.toml")).expect("written");
    std::fs::write(place.0.join("landfall.toml"), format!("{manifest}\n[workloads.billing]\nenvironments = [\"dev\"]\n")).expect("written");
    let plan = place.run(&["plan", "--sandbox"]).expect(0).out();
    let words = words(&plan);
    let (before, _) = words.split_once("+ account/billing-dev").expect("a new account");
    let notices: Vec<&str> = before.split("notice ").skip(1).collect();
    let leaves = notices.first().expect("a notice");
    assert!(leaves.starts_with("kestrel-dev (") && leaves.contains(") leaves the manifest and stays as it is: "), "{plan}");
    for goes_on in
        ["1 NAT gateway billed by the hour", "deployer lets in sso:AdministratorAccess", "--sandbox --prune` removes its network"]
    {
        assert!(leaves.contains(goes_on), "{goes_on}: {plan}");
    }
    assert!(notices.get(1).is_some_and(|notice| notice.starts_with("is billing-dev the former dev?")), "{plan}");
}

#[test]
fn a_refused_role_names_its_principals_and_their_place_in_the_manifest() {
    let place = Place::new("refused");
    place.run(&[INIT, &["--operators", "Engineers", "--github", "kestrel@1/platform@2"]].concat()).expect(0);
    place.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let exec = |as_: &[&str], environment: &str| {
        place.run(&[&["exec", "--sandbox"], as_, &[environment, "--role", "deployer", "--reason", "why not", "--", "/bin/true"]].concat())
    };
    let refused = exec(&[], "dev").expect(125).says("could not assume deployer in dev");
    assert!(refused.err().contains("lets in sso:Engineers and github kestrel/platform"), "{}", refused.err());
    assert!(refused.err().contains("; you are sso:AdministratorAccess/admin"), "{}", refused.err());
    let manifest = std::fs::read_to_string(place.0.join("landfall.toml")).expect("written");
    let line = manifest.lines().position(|line| line.starts_with("operators")).expect("a line") + 1;
    assert!(refused.err().contains(&format!("landfall.toml:{line}, access.operators")), "{}", refused.err());
    for rust in [".mfa(", ".reason(", ".external_id("] {
        assert!(!refused.err().contains(rust), "{rust}: {}", refused.err());
    }
    exec(&["--sandbox-as", "sso:Engineers"], "dev").expect(0);
    exec(&["--sandbox-as", "sso:Engineers"], "dev").expect(0);
    place.run(&["sandbox", "serve", "--sandbox", "--sandbox-as", "sso:Engineers"]).expect(64).says("leave --sandbox-as out");
    place.run(&["status", "--sandbox", "--sandbox-as", "Engineers"]).expect(64).says("sso:Engineers");
}

/// Which ids are the organization's own is known once it has been read: the refusal has its place in the manifest all the same.
#[test]
fn an_account_of_the_organization_that_is_trusted_has_its_place_in_the_manifest() {
    let place = Place::new("own-account");
    place.run(INIT).expect(0);
    place.rewrite(|manifest| format!("{manifest}\n[security]\ntrusted_accounts = [\"111111111111\"]\n"));
    let refused = words(&place.run(&["plan", "--sandbox"]).expect(64).err());
    for said in [
        "security.trusted_accounts names 111111111111, which is the management account of this organization",
        "landfall.toml:",
        "trusted_accounts = [\"111111111111\"]",
        "take 111111111111 out of `trusted_accounts`",
        "1 error in landfall.toml; nothing was changed",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
}

/// A job that shows plans reads with `auditor`: the same plan, without a role that can write.
#[test]
fn a_plan_as_auditor_is_the_same_plan() {
    let place = Place::new("auditor");
    place.run(INIT).expect(0);
    place.run(&["plan", "--sandbox", "--as", "deployer"]).expect(64).says("[possible values: auditor]");
    place.run(&["apply", "--sandbox", "--yes", "--as", "auditor"]).expect(64).says("--as");
    // limit-regions denies `auditor` every Region that is not in use, so it would find nothing there.
    place.run(&["plan", "--sandbox", "--deep", "--as", "auditor"]).expect(64).says("`--deep` is not for role auditor");
    let manifest = std::fs::read_to_string(place.0.join("landfall.toml")).expect("written");
    assert_eq!(manifest.matches("[access]\n").count(), 1, "{manifest}");
    let manifest = manifest.replace("[access]\n", "[access]\nauditors = [\"sso:Audit\"]\nplanners = [\"sso:Plan\"]\n");
    std::fs::write(place.0.join("landfall.toml"), &manifest).expect("written");
    // Accounts that do not exist yet cannot be entered.
    let plan = place.run(&["plan", "--sandbox"]).expect(0).out();
    let auditor = place.run(&["plan", "--sandbox", "--as", "auditor"]).expect(0);
    assert_eq!(auditor.out().replace(" --as auditor", ""), plan, "except for the commands to type");
    assert!(words(&auditor.err()).ends_with("hint: `landfall apply --sandbox` (run by sso:AdministratorAccess) carries it out"));
    place.run(&["apply", "--sandbox", "--yes"]).expect(0);

    std::fs::write(place.0.join("landfall.toml"), format!("{manifest}\n[workloads.billing]\nenvironments = [\"prod\"]\n"))
        .expect("written");
    let pending = |more: &[&str]| place.run(&[&["plan", "--sandbox", "--detailed-exitcode", "--format", "json"], more].concat());
    let operator: serde_json::Value = serde_json::from_str(&pending(&[]).expect(2).out()).expect("JSON");
    let planner = pending(&["--as", "auditor", "--sandbox-as", "sso:Plan", "--out", "changes.json"]).expect(2).out();
    let planner: serde_json::Value = serde_json::from_str(&planner).expect("JSON");
    assert_eq!((&planner["steps"], &planner["notices"]), (&operator["steps"], &operator["notices"]));
    assert_eq!(planner["mutating"], 0);
    place.run(&["status", "--sandbox", "--as", "auditor", "--sandbox-as", "sso:Plan"]).expect(0);
    // No other caller can assume it, and nothing in the account counts as absent. A new account is reported as such, so it is made
    // older here.
    place.tamper(|world| {
        for account in world["accounts"].as_object_mut().expect("accounts").values_mut() {
            account["joined"] = serde_json::json!(account["joined"].as_u64().expect("a time") - 3_600_000);
        }
    });
    let stranger = place.run(&["plan", "--sandbox", "--as", "auditor"]).expect(4).out();
    let words = stranger.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("landfall/auditor in account") && words.contains("access.planners"), "{stranger}");
    assert!(!words.contains("+ dev/"), "{stranger}");
    // Its saved plan is applied by a caller that may.
    place.run(&["apply", "--sandbox", "changes.json", "--yes"]).expect(0);
    let settled = place.run(&["plan", "--sandbox", "--as", "auditor", "--sandbox-as", "sso:Plan", "--detailed-exitcode"]);
    settled.expect(0);
}

/// Returns the simulated account of this name.
fn account<'a>(world: &'a mut serde_json::Value, name: &str) -> &'a mut serde_json::Value {
    let accounts = world["accounts"].as_object_mut().expect("accounts");
    accounts.values_mut().find(|account| account["name"] == name).expect("an account")
}

/// Returns a text without its line breaks and indents.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a manifest without its environment `prod`.
fn without_prod(manifest: &str) -> String {
    let (before, rest) = manifest.split_once("[environments.prod]").expect("an environment");
    let (_, after) = rest.split_once("\n[").expect("another section");
    format!("{before}[{after}")
}

#[test]
fn the_next_command_is_for_an_account_that_can_be_entered() {
    let place = Place::applied("closed");
    place.tamper(|world| account(world, "kestrel-dev")["state"] = serde_json::json!({ "is": "closed" }));
    place.rewrite(|manifest| format!("{manifest}\n[accounts.tooling]\nunit = \"Security\"\n"));
    let applied = place.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert!(applied.out().contains("closed"), "{}", applied.out());
    applied.says("next: landfall exec --sandbox staging --role reader");
}

/// Every suggested command has the options that were given.
#[test]
fn suggested_commands_plan_the_same() {
    let place = Place::applied("same");
    place.rewrite(without_prod);
    for (plan, offered) in [
        (&["plan", "--sandbox", "--prune"][..], "allow it: landfall apply --sandbox --prune --allow remove-role"),
        (
            &["plan", "--sandbox", "--prune", "--only", "prod/iam-role/reader"],
            "landfall apply --sandbox --prune --only prod/iam-role/reader --allow remove-role",
        ),
    ] {
        let plan = place.run(plan).expect(0);
        assert!(words(&plan.out()).contains(offered), "{offered}: {}", plan.out());
        assert!(words(&plan.err()).contains("` carries it out, once its hazards are allowed"), "{}", plan.err());
    }
    place.rewrite(|manifest| format!("{manifest}\n[units.Tools]\n"));
    let harmless = place.run(&["plan", "--sandbox"]).expect(0);
    assert!(words(&harmless.err()).ends_with("hint: `landfall apply --sandbox` carries it out"), "{}", harmless.err());
    let refused = place.run(&["apply", "--sandbox", "--prune", "--yes", "--allow", "remove-role"]).expect(1);
    assert!(words(&refused.err()).contains("landfall apply --sandbox --prune --allow remove-role "), "{}", refused.err());
    assert!(!refused.err().contains("caused by: nothing was changed"), "{}", refused.err());
    // A saved plan is what is applied: its file stays in the line, and what it holds is not said again.
    let saved = place.run(&["plan", "--sandbox", "--prune", "--out", "p.json"]).expect(0);
    let offered = "allow it: landfall apply --sandbox p.json --allow remove-role";
    assert!(words(&saved.out()).contains(offered), "{}", saved.out());
    let refused = place.run(&["apply", "--sandbox", "p.json", "--yes"]).expect(1);
    assert!(words(&refused.out()).contains(offered), "{}", refused.out());
    refused.says("allow them: landfall apply --sandbox p.json --allow remove-network remove-role --yes");
}

/// The reader of a suggested command may run it, or the text names who may.
#[test]
fn suggested_commands_are_for_their_reader() {
    let place = Place::new("readers");
    place.run(INIT).expect(0);
    place.rewrite(|manifest| {
        let lines = manifest.lines().filter(|line| !line.starts_with("operators"));
        let manifest = lines.fold(String::new(), |text, line| text + line + "\n");
        assert!(manifest.contains("administrators = [\"sso:AdministratorAccess\"]"), "{manifest}");
        manifest.replace("[access]\n", "[access]\noperators = [\"sso:Engineers\"]\nplanners = [\"sso:Plan\"]\n")
    });
    // The administrator is not an operator, so may assume `auditor` but not `reader`.
    let applied = place.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let next = applied.err().lines().find(|line| line.starts_with("next:")).expect("a next").to_owned();
    let (command, _) = next.trim_start_matches("next: landfall ").split_once(" -- ").expect("a command");
    assert!(command.ends_with(" --role auditor"), "{next}");
    let typed: Vec<&str> = command.split(' ').chain(["--", "true"]).collect();
    place.run(&typed).expect(0);
    place.rewrite(|manifest| manifest.replace("[access]\n", "[access]\nauditors = [\"sso:Auditors\"]\n") + "\n[units.Tools]\n");
    place
        .run(&["apply", "--sandbox", "--yes"])
        .expect(0)
        .says("next: as sso:Engineers: landfall exec --sandbox dev --role reader -- aws sts get-caller-identity");

    place.rewrite(|manifest| without_prod(manifest) + "\n[units.More]\n");
    let (theirs, administrators) =
        ("`landfall apply --sandbox` carries", "`landfall apply --sandbox` (run by sso:AdministratorAccess) carries");
    let (auditor, planner, operator) = (["--as", "auditor"], ["--sandbox-as", "sso:Plan"], ["--sandbox-as", "sso:Engineers"]);
    for (command, flags, expected) in [
        ("plan", vec![], theirs),
        ("plan", auditor.to_vec(), administrators),
        ("plan", [auditor, planner].concat(), administrators),
        ("plan", operator.to_vec(), administrators),
        ("status", [auditor, planner].concat(), ""),
        ("status", operator.to_vec(), ""),
    ] {
        let run = place.run(&[&[command, "--sandbox"], flags.as_slice()].concat());
        let output = words(&format!("{} {}", run.out(), run.err()));
        assert!(output.contains(expected), "{command} {flags:?}: {output}");
        let offers = |command: &str| {
            output.match_indices(&format!("landfall {command} ")).map(|(at, _)| output[at..].to_owned()).collect::<Vec<_>>()
        };
        for offered in offers("apply") {
            let named = offered.split_once('(').is_some_and(|(_, who)| who.starts_with("run by sso:AdministratorAccess)"));
            assert!(
                flags.is_empty() || named && !offered.starts_with("landfall apply --sandbox --sandbox-as"),
                "{command} {flags:?}: {offered}"
            );
        }
        for offered in [offers("plan"), offers("status")].concat() {
            let again = ["--sandbox"].iter().chain(&flags).all(|flag| offered.contains(flag));
            assert!(again, "{command} {flags:?}: {offered}");
        }
    }
    place.run(&["exec", "dev", "--role", "reader", "--index", "nowhere.json", "--", "true"]).expect(125).says("run by an administrator");
}

/// Both read one plan: the tree reports the same numbers of blocked and left-over resources.
#[test]
fn status_reports_the_same_as_plan() {
    let place = Place::applied("agree");
    let both = || {
        let [status, plan] = [["status", "--sandbox"], ["plan", "--sandbox"]].map(|command| place.run(&command));
        assert_eq!(status.0.status.code(), plan.0.status.code(), "{}{}", status.out(), plan.out());
        let cost = place.run(&["status", "--sandbox", "--cost"]);
        assert_eq!(cost.0.status.code(), status.0.status.code(), "an estimate changes no exit code: {}", cost.out());
        (status.out(), plan.out())
    };
    let row = |tree: &str, name: &str| tree.lines().find(|line| line.contains(&format!("── {name} "))).map(str::to_owned);

    place.rewrite(without_prod);
    let (tree, plan) = both();
    let left = words(&plan).rsplit_once(" left over").and_then(|(before, _)| before.rsplit(' ').next().map(str::to_owned));
    let left = left.expect("a number");
    assert!(words(&tree).contains(&format!(" {left} left over")), "{left}: {tree}");
    assert!(row(&tree, "kestrel-prod").is_some_and(|row| row.contains("10.48.0.0/16")), "it exists and costs: {tree}");

    // A role of another organization, and one that differs.
    place.tamper(|world| {
        let roles = &mut account(world, "kestrel-dev")["iam"]["roles"];
        roles["reader"]["tags"]["landfall:organization"] = "other".into();
        roles["auditor"]["max_session"] = 7200.into();
    });
    let (tree, _) = both();
    assert!(row(&tree, "dev").is_some_and(|row| row.contains("10.16.0.0/16") && row.contains("blocked: 1")), "{tree}");

    place.tamper(|world| {
        let units = world["organization"]["units"].as_object_mut().expect("units");
        units.values_mut().find(|unit| unit["name"] == "NonProduction").expect("a unit")["name"] = "Renamed".into();
    });
    let (tree, plan) = both();
    assert!(plan.contains("! unit/Workloads/NonProduction"), "{plan}");
    assert!(row(&tree, "NonProduction").is_some_and(|row| row.contains("blocked")), "{tree}");
    assert!(tree.contains("organization blocked: "), "{tree}");
}

/// Sums in the documents are those in the plan of README's manifest.
#[test]
fn the_documents_name_the_sums_of_their_plan() {
    let documents = [include_str!("../../README.md"), include_str!("../../docs/TIERS.md"), include_str!("../../docs/COST.md")];
    let text = words(&documents.join("\n").replace("\n> ", "\n"));
    let place = Place::new("prices");
    let (_, readme) = documents[0].split_once("```toml\n").expect("a manifest");
    let (readme, _) = readme.split_once("```").expect("its end");
    std::fs::write(place.0.join("readme.toml"), readme).expect("written");
    let plan = words(&place.run(&["plan", "--sandbox=none.json", "-f", "readme.toml"]).expect(0).out());
    let (_, adds) = plan.split_once(" Adds about ").expect("a sum");
    let (adds, _) = adds.split_once(", eu-west-1.").expect("its source");
    assert!(text.contains(&format!(" Adds about {adds}, eu-west-1.")), "{adds}");
    let sum = adds.split(' ').next().unwrap_or_default();
    assert!(text.split(" about ").skip(1).filter(|rest| rest.starts_with('$')).all(|rest| rest.starts_with(sum)), "no other sum");
}

/// What a Region costs that has no prices is not made up, and changes neither plan nor exit code.
#[test]
fn a_region_without_prices_is_planned_as_any_other() {
    let place = Place::applied("unpriced");
    let plan = words(&place.run(&["plan", "--sandbox=none.json"]).expect(0).out());
    assert!(
        plan.contains(" Adds to the monthly bill: 5 NAT gateways, 5 addresses, 1 key, for which landfall has no prices in eu-north-1."),
        "{plan}"
    );
    assert!(!plan.contains('$'), "{plan}");
    let cost = words(&place.run(&["status", "--sandbox", "--cost"]).expect(0).out());
    assert!(cost.contains("in no sum: 5 NAT gateways, 5 addresses, 1 key, for which landfall has no prices in eu-north-1"), "{cost}");
    assert!(!cost.contains('$'), "{cost}");
}

/// A lock object without a valid lock has no known owner, and none is made up.
#[test]
fn an_unreadable_lock_is_reported() {
    let place = Place::applied("lock");
    place.tamper(|world| {
        world["buckets"]["kestrel-landfall-111111111111-eu-north-1"]["objects"]["lock.json"]["body"] = "rubbish".into();
        account(world, "kestrel-dev")["iam"]["roles"]["auditor"]["max_session"] = 7200.into();
    });
    let refused = place.run(&["apply", "--sandbox", "--yes", "--no-wait"]).expect(75);
    assert!(refused.err().contains("kestrel-landfall-111111111111-eu-north-1/lock.json cannot be read"), "{}", refused.err());
    assert!(!refused.err().contains("process 0") && !refused.err().contains("unknown"), "{}", refused.err());
    place.run(&["apply", "--sandbox", "--yes", "--force-unlock"]).expect(0).says("which could not be read");
}

/// Unknown values are shown as unknown, in fields too.
#[test]
fn references_are_never_shown_in_their_written_form() {
    let place = Place::applied("reference");
    place.tamper(|world| {
        let buckets = world["buckets"].as_object_mut().expect("buckets");
        buckets.retain(|name, _| !name.contains("-audit-"));
    });
    for plan in [place.run(&["plan", "--sandbox", "-v"]), place.run(&["plan", "--sandbox", "--format", "json"])] {
        let text = plan.out();
        assert!(text.contains("bucket/audit"), "{text}");
        assert!(!text.contains("audit:name}") && !text.contains("audit:arn}"), "{text}");
    }
}
