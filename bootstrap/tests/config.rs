//! Settings and secrets of an app, as its team uses them: by the binary, on a sandbox.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const APP: &str = r#"
schema = 1
app    = "shop"

[settings]
log_level   = { one_of = ["debug", "info", "warn"], default = "info" }
max_items   = { type = "integer", min = 1, max = 500, default = 50 }
payment_url = { type = "url", production = { pattern = "^https://api" } }
hosts       = { type = "list", default = ["a", "b"] }
stripe_key  = { secret = true, pattern = "^sk_test_", production = { pattern = "^sk_live_" } }
"#;
const BASE: &str = "payment_url = \"https://sandbox.pay.example\"\n";
const PROD: &str = "max_items = 200\npayment_url = \"https://api.pay.example\"\n";
/// The manifest without the app.
fn without_app() -> String {
    const APP: &str = "[apps.shop]\ngithub = [\"acme@12345/shop@67890\"]\n";
    assert!(STARTUP.contains(APP));
    STARTUP.replace(APP, "")
}

/// In every value of a secret here, so that a leak is found.
const MARK: &str = "SECRETVALUE";

/// A folder with a manifest, an app and, once applied, a sandbox; removed at the end.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("config-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(folder.join("config")).expect("a folder");
        let place = Self(folder);
        place.write("landfall.toml", STARTUP);
        place.write("app.toml", APP);
        place.write("config/base.toml", BASE);
        place.write("config/prod.toml", PROD);
        place
    }

    fn built(name: &str) -> Self {
        let place = Self::new(name);
        place.sandbox(&["apply", "--yes"]).expect(0);
        place
    }

    fn write(&self, file: &str, text: &str) {
        std::fs::write(self.0.join(file), text).expect("written");
    }

    fn run(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .env("HOME", &self.0)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        // One that is refused before reads nothing.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        Run(child.wait_with_output().expect("the binary ends"))
    }

    fn sandbox(&self, arguments: &[&str]) -> Run {
        self.given(arguments, "")
    }

    fn given(&self, arguments: &[&str], input: &str) -> Run {
        self.run(&[&["--sandbox", "-v", "-v"], arguments].concat(), input)
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

    fn all(&self) -> String {
        format!("{}{}", self.out(), String::from_utf8_lossy(&self.0.stderr))
    }

    /// Checks the exit code, and that no secret is said.
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.0.status.code(), Some(code), "{}", self.all());
        assert!(!self.all().contains(MARK), "a secret is shown: {}", self.all());
        self
    }

    #[track_caller]
    fn says(self, words: &str) -> Self {
        let flat = self.all().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "{words:?} is not in {}", self.all());
        self
    }
}

#[test]
fn files_are_checked_without_aws() {
    let place = Place::new("offline");
    place.run(&["config", "check", "--offline"], "").expect(0).says("good: 5 keys in 3 environments; secrets were not looked at");
    place.run(&["config", "get", "prod", "max_items"], "").expect(0).says("200");
    place.run(&["config", "get", "dev"], "").expect(0).says("log_level info default");
    place.write("config/dev.toml", "payment_url = \"https://a.example\"\nhosts = [\"x\\ny\"]\n");
    place.run(&["config", "get", "dev"], "").expect(0).says("hosts x\\ny config/dev.toml:2");
    place.run(&["config", "get", "dev", "stripe_key"], "").expect(64).says("is a secret: it is not printed");
    place.run(&["config", "get", "dev", "max_itms"], "").expect(64).says("did you mean `max_items`?");
    place.run(&["config", "get", "qa"], "").expect(64).says("name one of dev, staging, prod");
    place.run(&["config", "diff", "staging", "prod"], "").expect(0).says("2 differ, 2 are the same");
    place.run(&["schema", "--app"], "").expect(0).says("\"title\": \"Landfall app\"");
    place.run(&["schema", "--config"], "").expect(0).says("\"title\": \"Settings of shop\"").says("\"maximum\": 500");
    place.write("config/prod.toml", "max_items = 501\npayment_url = \"https://api.pay.example\"\nstripe_key = \"SECRETVALUE\"\n");
    let refused = place.run(&["config", "check"], "").expect(64);
    let refused = refused.says("`max_items` is more than 500").says("is a secret: its value belongs in no file");
    refused.says("2 errors in config/prod.toml; nothing was sent to AWS");
    for name in ["config/PROD.TOML", "config/Prod.toml"] {
        place.write(name, PROD);
        place.run(&["config", "check", "--offline"], "").expect(64).says("is for no environment of shop").says("did you mean prod.toml?");
        std::fs::remove_file(place.0.join(name)).expect("there");
    }
    // A mistake that hides what it is, and one that hides where it ends.
    for line in
        ["STRIPE_KEY = \"SECRETVALUE\"", "stripe_key = SECRETVALUE", "stripe_key = \"SECRETVALUE", "stripe_key = \"\"\"\nSECRETVALUE"]
    {
        place.write("config/prod.toml", &format!("{line}\n"));
        place.run(&["config", "check"], "").expect(64).says("config/prod.toml:");
        place.run(&["config", "check", "--format", "json"], "").expect(64);
    }
    place.write("config/prod.toml", PROD);
    place.write("app.toml", &APP.replace("secret = true, ", "secret = true, default = \"SECRETVALUE\", "));
    place.run(&["config", "check"], "").expect(64).says("a secret has no default");
}

#[test]
fn an_app_that_the_manifest_does_not_have_is_named() {
    let place = Place::new("unknown");
    place.write("landfall.toml", &without_app());
    place.run(&["config", "check"], "").expect(64).says("`shop` of app.toml is no app of landfall.toml").says("add [apps.shop]");
    std::fs::remove_file(place.0.join("app.toml")).expect("there");
    place.run(&["config", "check"], "").expect(64).says("there is no `app.toml`").says("--app FILE");
}

#[test]
fn a_secret_is_set_from_standard_input_and_missing_ones_are_found() {
    let place = Place::built("secrets");
    place.sandbox(&["config", "check"]).expect(4).says("3 of 15 values are missing").says("landfall config set dev stripe_key");
    place.given(&["config", "set", "dev", "stripe_key"], "sk_test_SECRETVALUE\n").expect(0).says("version 1");
    place.given(&["config", "set", "staging", "stripe_key"], "sk_test_SECRETVALUE").expect(0).says("version 1");
    let prod: &[&str] = &["config", "set", "prod", "stripe_key"];
    let reason: &[&str] = &["--reason", "first release"];
    place.given(prod, "sk_live_SECRETVALUE").expect(64).says("assumed with a reason only");
    place.given(&[prod, reason].concat(), "sk_test_SECRETVALUE").expect(64).says("does not match `^sk_live_`; nothing was written");
    place.given(&[prod, reason].concat(), "").expect(64).says("is empty; nothing was written");
    place.given(&[prod, reason].concat(), "sk_live_SECRETVALUE{{x}}").expect(64).says("has `{{`");
    place.given(&[prod, reason].concat(), &"SECRETVALUE".repeat(500)).expect(64).says("has 5500 bytes, and ssm takes 4096");
    place.given(&[prod, reason].concat(), "sk_live_SECRETVALUE").expect(0).says("version 1");
    place.given(&[prod, reason].concat(), "sk_live_SECRETVALUE2").expect(0).says("version 2");
    place.sandbox(&["config", "check"]).expect(0).says("good: 5 keys in 3 environments");
    let history = place.sandbox(&[&["config", "history", "prod", "stripe_key"], reason].concat()).expect(0);
    assert_eq!(history.out().lines().count(), 2, "{}", history.out());
    history.says("assumed-role/config-shop/");

    place.sandbox(&["config", "set", "dev", "stripe_key=SECRETVALUE"]).expect(64).says("your shell's history");
    for value in ["stripe_key:SECRETVALUE", "stripe_key=SECRETVALUE"] {
        place.sandbox(&["config", "set", "dev", value]).expect(64).says("your shell's history");
    }
    place.sandbox(&["config", "set", "dev", "stripe_key", "SECRETVALUE"]).expect(64).says("your shell's history");
    place.sandbox(&["config", "set", "dev", "log_level=debug"]).expect(64).says("`log_level` is no secret");
    place.given(&["config", "set", "dev", "log_level"], "debug").expect(64).says("its value belongs in a file");
    place.given(&["config", "set", "dev", "stripe_kee"], "x").expect(64).says("did you mean `stripe_key`?");

    place.sandbox(&["config", "unset", "dev", "a/../b", "--yes"]).expect(64).says("a key");
    place.sandbox(&["config", "unset", "dev", "stripe_key"]).expect(1).says("`--yes` confirms it");
    place.sandbox(&["config", "unset", "dev", "stripe_key", "--yes"]).expect(0).says("removed `stripe_key` in dev");
    place.sandbox(&["config", "unset", "dev", "stripe_key", "--yes"]).expect(0).says("nothing to remove");
    place.sandbox(&["config", "history", "dev", "stripe_key"]).expect(1).says("has no value in dev");
    place.sandbox(&["config", "check", "--format", "json"]).expect(4).says("\"missing\": [ { \"environment\": \"dev\"");
}

#[test]
fn settings_are_pushed_once_and_a_child_is_given_all() {
    let place = Place::built("push");
    place
        .sandbox(&["exec", "dev", "--config", "shop", "--", "env"])
        .expect(125)
        .says("has no settings of shop")
        .says("landfall config push");
    place.sandbox(&["config", "push", "dev"]).expect(1).says("+ max_items 50").says("`--yes` confirms it");
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0).says("pushed 4 settings to dev, version 1");
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0).says("dev has these settings already");
    place.write("config/dev.toml", "max_items = 7\n");
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0).says("~ max_items 50 -> 7").says("version 2");
    place.given(&["config", "set", "dev", "stripe_key"], "sk_test_SECRETVALUE").expect(0);

    let child = "test \"$STRIPE_KEY\" = sk_test_SECRETVALUE && echo \"$MAX_ITEMS $HOSTS $LOG_LEVEL $LANDFALL_SECRETS $LANDFALL_ROLE\"";
    place
        .sandbox(&["exec", "dev", "--config", "shop", "--", "sh", "-c", child])
        .0
        .status
        .success()
        .then_some(())
        .expect("the child has them");
    let shown = place.sandbox(&["exec", "dev", "--config", "shop", "--", "sh", "-c", &child.replace("sk_test_SECRETVALUE", "sk_test_*")]);
    assert!(!shown.0.status.success(), "the comparison can fail");
    let named = "echo \"$MAX_ITEMS $HOSTS $LOG_LEVEL $LANDFALL_SECRETS $LANDFALL_ROLE\"; echo $LANDFALL_CONFIG";
    let named = place.sandbox(&["exec", "dev", "--config", "shop", "--", "sh", "-c", named]).expect(0);
    named.says("7 a,b info stripe_key=1 config-shop").says("\"max_items\":7");
    place.sandbox(&["exec", "dev", "--", "env"]).expect(125).says("--role");
}

/// A program that landfall does not start is given the same variables; two environments are compared without showing anything.
#[test]
fn values_are_pulled_and_compared() {
    let place = Place::built("pull");
    place
        .run(&["config", "pull", "prod"], "")
        .expect(0)
        .says("MAX_ITEMS=200")
        .says("PAYMENT_URL=https://api.pay.example")
        .says("LANDFALL_CONFIG='{");
    place.run(&["config", "pull", "prod", "--format", "toml"], "").expect(0).says("hosts = [\"a\", \"b\"]").says("max_items = 200");
    place.run(&["config", "pull", "prod", "--format", "json"], "").expect(0).says("\"max_items\": 200");
    place.run(&["config", "get", "prod", "--format", "toml"], "").expect(64).says("is for `landfall config pull` only");
    place.run(&["outputs", "--format", "toml"], "").expect(64).says("is for `landfall config pull` only");
    place.sandbox(&["config", "pull", "dev", "--deployed"]).expect(1).says("has no settings of shop");
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    place.write("config/dev.toml", "max_items = 7\nhosts = [\"it's\", \"two words\"]\n");
    place.sandbox(&["config", "pull", "dev"]).expect(0).says("MAX_ITEMS=7");
    place.sandbox(&["config", "pull", "dev", "--deployed"]).expect(0).says("MAX_ITEMS=50");

    place.given(&["config", "set", "dev", "stripe_key"], "sk_test_SECRETVALUE").expect(0);
    place.given(&["config", "set", "staging", "stripe_key"], "sk_test_SECRETVALUE").expect(0);
    assert!(place.sandbox(&["config", "pull", "dev"]).expect(0).out().ends_with("LANDFALL_SECRETS=\n"));
    let pulled = place.sandbox(&["config", "pull", "dev", "--secrets"]);
    assert!(!String::from_utf8_lossy(&pulled.0.stderr).contains(MARK), "{}", pulled.all());
    // A shell reads the file as it was meant.
    place.write(".env", &pulled.out());
    let program = "set -a; . ./.env; test \"$STRIPE_KEY\" = sk_test_SECRETVALUE; echo \"$MAX_ITEMS $HOSTS $LANDFALL_SECRETS\"";
    let read = Command::new("sh").args(["-e", "-c", program]).current_dir(&place.0).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&read.stdout), "7 it's,two words stripe_key=1\n");
    let json = place.sandbox(&["config", "pull", "dev", "--secrets", "--deployed", "--format", "json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json.out()).expect("JSON")["stripe_key"], "sk_test_SECRETVALUE");

    let diff = |more: &'static [&'static str]| [&["config", "diff", "dev", "staging"][..], more].concat();
    place.sandbox(&diff(&[])).expect(0).says("~ max_items 7 -> 50");
    place.sandbox(&diff(&["--secrets"])).expect(0).says("! stripe_key secret, set in both (versions 1 and 1): the same value");
    place.given(&["config", "set", "staging", "stripe_key"], "sk_test_SECRETVALUE2").expect(0);
    place.sandbox(&diff(&["--secrets"])).expect(0).says("set in both (versions 1 and 2): not the same value");
    place.sandbox(&diff(&["--secrets", "--format", "json"])).expect(0).says("\"same\": false");
    let prod = ["config", "diff", "dev", "prod", "--secrets"];
    place.sandbox(&prod).expect(64).says("assumed with a reason only");
    place.sandbox(&[&prod[..], &["--reason", "audit"]].concat()).expect(0).says("stripe_key secret, set in dev only (version 1)");
}

/// What every process of the machine can see of the others: their argument lists.
#[cfg(target_os = "linux")]
#[test]
fn no_argument_list_has_a_secret() {
    let place = Place::built("arguments");
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    place.given(&["config", "set", "dev", "stripe_key"], "sk_test_ONLYHERE").expect(0);
    // The child looks for a part of its own value in every argument list, without writing that in its own.
    let child = "part=${STRIPE_KEY#sk_test_}; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c \"[O]${part#O}\"";
    let seen = place.sandbox(&["exec", "dev", "--config", "shop", "--", "sh", "-c", child]);
    assert_eq!(seen.out().trim(), "0", "{}", seen.all());
    let shown = "sleep 5 & cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c 'sleep 5'";
    let seen = place.sandbox(&["exec", "dev", "--config", "shop", "--", "sh", "-c", shown]);
    assert_ne!(seen.out().trim(), "0", "argument lists can be read: {}", seen.all());
}

/// What a deployer writes into an app's settings starts no other program, and what is misspelt is not taken for something else.
#[test]
fn values_stay_values() {
    let place = Place::built("values");
    place.write("config/dev.toml", "payment_url = \"https://a.example\"\nhosts = [\"\\u001b[31mred\", \"\\u0007\"]\n");
    let pulled = place.sandbox(&["config", "pull", "dev"]);
    assert!(pulled.out().contains("\u{1b}[31mred,\u{7}"), "{:?}", pulled.out());
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    let world = place.0.join(".landfall/sandbox.json");
    // As whoever may write the parameter would.
    let text = std::fs::read_to_string(&world).expect("there");
    assert!(text.contains("\\\"log_level\\\":"), "the settings are in the world");
    place.run(&["--sandbox", "sandbox", "reset"], "").expect(0);
    std::fs::write(&world, text.replace("\\\"log_level\\\":", "\\\"ld_preload\\\":")).expect("written");
    place.sandbox(&["exec", "dev", "--config", "shop", "--", "env"]).expect(125).says("has a key that is none of a setting");
    place.sandbox(&["config", "pull", "dev", "--deployed"]).expect(1).says("landfall did not write it");

    let set = |key: &'static str| ["config", "set", "dev", key];
    place.given(&set("stripe-key"), "x").expect(64).says("did you mean `stripe_key`?");
    place.given(&set("sk_test_SECRETVALUE"), "x").expect(64).says("there is no such key in app.toml");
    place.given(&["config", "set", "SECRETVALUE", "stripe_key"], "x").expect(64).says("there is no such environment of shop");
    place.sandbox(&["config", "get", "dev", "sk_test_SECRETVALUE"]).expect(64).says("there is no such key");
    place.sandbox(&["config", "get", "devv"]).expect(64).says("did you mean `dev`?");
    place.sandbox(&["config", "unset", "dev", "strip_key", "--yes"]).expect(0).says("did you mean `stripe_key`?");
    place.sandbox(&["config", "unset", "dev", "max_items", "--yes"]).expect(0).says("is no secret: its value is in a file");
    place.sandbox(&["config", "pull", "staging", "--secrets"]).expect(0).says("`stripe_key` has no value in staging");
    place.write("app.toml", &APP.replace("\"shop\"", "\"shpo\""));
    place.sandbox(&["config", "check"]).expect(64).says("did you mean `shop`?");
}

/// A secret that is declared in the other store moves there, and no hint leads to two values.
#[test]
fn a_secret_moves_to_the_store_that_it_is_declared_in() {
    let place = Place::new("moves");
    let managed = APP.replace("secret = true, ", "secret = true, store = \"secrets-manager\", ");
    place.write("app.toml", &managed);
    place.sandbox(&["apply", "--yes"]).expect(0);
    let dev = |verb: &'static str| ["config", verb, "dev", "stripe_key"];
    place.given(&dev("set"), "sk_test_SECRETVALUE").expect(0);
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    place.write("app.toml", APP);
    place.sandbox(&["config", "check"]).expect(4).says("is kept in secrets-manager, and declared in ssm").says("config set dev stripe_key");
    place.given(&dev("set"), "sk_test_SECRETVALUE2").expect(0).says("removed from secrets-manager");
    let child = ["exec", "dev", "--config", "shop", "--", "sh", "-c", "test \"$STRIPE_KEY\" = sk_test_SECRETVALUE2"];
    place.sandbox(&child).expect(0);
    let undo = ["config", "unset", "dev", "stripe_key", "--undo"];
    place.sandbox(&undo).expect(1).says("has a value in ssm since; nothing was restored");
    place.sandbox(&["config", "unset", "dev", "stripe_key", "--yes"]).expect(0).says("removed");
    place.sandbox(&undo).expect(0).says("restored");
    place.sandbox(&undo).expect(0).says("nothing to restore, it has a value");
}

/// Values of an app that left the manifest are as closed as before.
#[test]
fn an_app_that_left_the_manifest_gives_nothing_away() {
    let place = Place::built("left");
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    place.given(&["config", "set", "dev", "stripe_key"], "sk_test_SECRETVALUE").expect(0);
    place.write("landfall.toml", &without_app());
    place.sandbox(&["apply", "--yes", "--prune", "--allow", "remove-role"]).expect(0);
    let child = ["exec", "dev", "--config", "shop", "--role", "deployer", "--", "sh", "-c", "env"];
    place.sandbox(&child).expect(125).says("may not be read by this role");
}

/// In Secrets Manager a removal can be undone.
#[test]
fn secrets_of_secrets_manager_are_set_removed_and_restored() {
    let place = Place::new("managed");
    place.write("app.toml", &APP.replace("secret = true, ", "secret = true, store = \"secrets-manager\", "));
    place.sandbox(&["apply", "--yes"]).expect(0);
    let dev = |verb: &'static str| ["config", verb, "dev", "stripe_key"];
    place.given(&dev("set"), "sk_test_SECRETVALUE").expect(0).says("set `stripe_key` in dev");
    place.given(&dev("set"), "sk_test_SECRETVALUE2").expect(0);
    assert_eq!(place.sandbox(&dev("history")).expect(0).out().lines().count(), 2);
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    let child = ["exec", "dev", "--config", "shop", "--", "sh", "-c", "test \"$STRIPE_KEY\" = sk_test_SECRETVALUE2"];
    place.sandbox(&child).expect(0);
    place
        .sandbox(&["config", "unset", "dev", "stripe_key", "--yes"])
        .expect(0)
        .says("removed")
        .says("it can be restored: landfall config unset dev stripe_key --sandbox --undo");
    place.sandbox(&["config", "unset", "dev", "stripe_key", "--yes", "--format", "json"]).expect(0).says("\"done\": \"nothing to remove\"");
    place.given(&dev("set"), "sk_test_SECRETVALUE3").expect(1).says("is being deleted: `landfall config unset --undo` restores it");
    place
        .sandbox(&["config", "check"])
        .expect(4)
        .says("unusable")
        .says("is being deleted")
        .says("landfall config unset dev stripe_key --sandbox --undo");
    place.sandbox(&["exec", "dev", "--config", "shop", "--", "sh", "-c", "test -z \"$STRIPE_KEY\""]).expect(0);
    place.sandbox(&["config", "unset", "dev", "stripe_key", "--undo"]).expect(0).says("restored");
    place.sandbox(&child).expect(0);
}

/// Who may see a value: the app's role, and nobody by listing.
#[test]
fn deployers_and_readers_list_names_only() {
    let place = Place::built("roles");
    place.given(&["config", "set", "dev", "stripe_key"], "sk_test_SECRETVALUE").expect(0);
    place.sandbox(&["config", "push", "dev", "--yes"]).expect(0);
    for role in ["deployer", "reader"] {
        place.sandbox(&["config", "check", "--role", role, "--reason", "look"]).expect(4).says("set, v1");
        let refused = place.sandbox(&["exec", "dev", "--config", "shop", "--role", role, "--", "true"]).expect(125);
        refused.says("may not be read by this role");
    }
}
