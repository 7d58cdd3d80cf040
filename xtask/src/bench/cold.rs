//! What it takes to compile a program that wants a session: with landfall's feature `session`, and with the AWS crates alone.
//!
//! Both programs do the same: they assume a role and print who they are then. Each is built from nothing in a directory of its own,
//! with this workspace's dev profile and with the versions of its `Cargo.lock`. Only building is measured; they do not run.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::usage;
use crate::step::{self, Failure, step};
use crate::workspace;

/// A program that is compiled.
struct Program {
    name: &'static str,
    /// What it depends on besides what both do; `{sdk}` is where the library is.
    dependencies: &'static str,
    source: &'static str,
}

const PROGRAMS: [Program; 2] = [
    Program {
        name: "landfall-session",
        dependencies: r#"landfall = { path = "{sdk}", default-features = false, features = ["session"] }"#,
        source: r#"
use landfall::session::{AssumeRequest, Sessions};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::v2026_01_12()).await;
    let sessions = Sessions::open(&config, &"eu-west-1".parse()?).await?;
    let request = AssumeRequest::new("222233334444".parse()?, "arn:aws:iam::222233334444:role/reader");
    let session = sessions.session(request).await?;
    let identity = aws_sdk_sts::Client::new(session.sdk_config()).get_caller_identity().send().await?;
    println!("{}", identity.arn().unwrap_or_default());
    Ok(())
}
"#,
    },
    Program {
        name: "aws-alone",
        dependencies: "",
        source: r#"
use aws_config::sts::AssumeRoleProvider;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::v2026_01_12()).await;
    let provider = AssumeRoleProvider::builder("arn:aws:iam::222233334444:role/reader").configure(&config).build().await;
    let config = aws_config::defaults(aws_config::BehaviorVersion::v2026_01_12()).credentials_provider(provider).load().await;
    let identity = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await?;
    println!("{}", identity.arn().unwrap_or_default());
    Ok(())
}
"#,
    },
];

/// The manifest of a program. Versions are those of the lock file; the profile is that of the workspace.
const MANIFEST: &str = r#"
[workspace]

[package]
name = "{name}"
version = "0.0.0"
edition = "2024"

[dependencies]
aws-config = { version = "1", default-features = false, features = ["default-https-client", "rt-tokio"] }
aws-sdk-sts = { version = "1", default-features = false }
tokio = { version = "1", features = ["macros", "rt"] }
{dependencies}

[profile.dev.package."*"]
debug = false

[profile.dev]
debug = "line-tables-only"
"#;

/// What a build cost.
struct Built {
    crates: usize,
    wall: Duration,
    cpu: Option<Duration>,
}

/// Builds both programs from nothing, and prints what that cost.
///
/// # Errors
///
/// When a program cannot be written or built, or when its versions are not the workspace's.
pub(super) fn run() -> Result<(), Failure> {
    let place = workspace::target_directory()?.join("bench").join("cold");
    let mut lines = format!("\n{:<20}{:>8}{:>9}{:>9}\n", "cold build", "crates", "wall s", "CPU s");
    for program in &PROGRAMS {
        let directory = place.join(program.name);
        write(program, &directory)?;
        let built = step(&format!("cold build of {}", program.name), || build(&directory))?;
        let cpu = built.cpu.map_or_else(|| "-".to_owned(), |cpu| format!("{:.1}", cpu.as_secs_f64()));
        lines += &format!("{:<20}{:>8}{:>9.1}{cpu:>9}\n", program.name, built.crates, built.wall.as_secs_f64());
    }
    print!("{lines}");
    Ok(())
}

/// Lays out a program beside a lock file of the workspace's versions, with nothing built.
fn write(program: &Program, directory: &Path) -> Result<(), Failure> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(|error| Failure::io("remove", directory, &error))?;
    }
    let sources = directory.join("src");
    fs::create_dir_all(&sources).map_err(|error| Failure::io("create", &sources, &error))?;
    let sdk = workspace::root().join("sdk");
    let manifest = MANIFEST.replace("{name}", program.name).replace("{dependencies}", program.dependencies);
    let manifest = manifest.replace("{sdk}", &sdk.display().to_string());
    for (path, text) in [(directory.join("Cargo.toml"), manifest.as_str()), (sources.join("main.rs"), program.source)] {
        fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
    }
    let lock = directory.join("Cargo.lock");
    fs::copy(workspace::root().join("Cargo.lock"), &lock).map_err(|error| Failure::io("write", &lock, &error))?;
    // Offline, cargo keeps to what the lock file names and is here; what is missing yet is fetched before anything is measured.
    // `tree` writes the lock file, and fetches for this system only.
    if step::output(workspace::cargo(["tree", "--offline"]).current_dir(directory)).is_err() {
        step::output(workspace::cargo(["tree"]).current_dir(directory))?;
    }
    let strangers = strangers(&read(&workspace::root().join("Cargo.lock"))?, &read(&lock)?);
    if strangers.is_empty() { Ok(()) } else { Err(Failure(format!("other versions than the workspace's: {}", strangers.join(", ")))) }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))
}

/// Returns what a lock file names in another version than the workspace's. What the workspace does not have at all is the default
/// HTTPS client's cryptography, which landfall's binary does without.
fn strangers(workspace: &str, own: &str) -> Vec<String> {
    let known = packages(workspace);
    let names: BTreeSet<&str> = known.iter().map(|(name, _)| *name).collect();
    packages(own)
        .into_iter()
        .filter(|package| names.contains(package.0) && !known.contains(package))
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}

/// Returns the names and versions in a lock file.
fn packages(lock: &str) -> BTreeSet<(&str, &str)> {
    lock.split("[[package]]").skip(1).filter_map(|package| Some((value(package, "name")?, value(package, "version")?))).collect()
}

fn value<'a>(package: &'a str, key: &str) -> Option<&'a str> {
    package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

fn build(directory: &Path) -> Result<Built, Failure> {
    let target = directory.join("target").display().to_string();
    let before = usage::of_children();
    let started = step::now();
    let said = step::output(
        workspace::cargo(["build", "--locked", "--offline", "--message-format", "json", "--target-dir", &target]).current_dir(directory),
    )?;
    let wall = started.elapsed();
    let cpu = usage::of_children().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Built { crates: crates(&said), wall, cpu })
}

/// Returns how many crates cargo reported as compiled; a crate and its build script count once.
fn crates(messages: &str) -> usize {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let artifacts = messages.filter(|message| message["reason"] == "compiler-artifact");
    artifacts.filter_map(|artifact| artifact["package_id"].as_str().map(str::to_owned)).collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_versions_are_named() {
        let workspace = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"b\"\nversion = \"2.0.0\"\n";
        let own = "[[package]]\nname = \"a\"\nversion = \"1.0.1\"\n\n[[package]]\nname = \"me\"\nversion = \"0.0.0\"\n";
        assert_eq!(strangers(workspace, own), ["a 1.0.1"]);
        assert_eq!(strangers(workspace, workspace), [""; 0]);
    }

    #[test]
    fn a_crate_counts_once() {
        let messages = "{\"reason\":\"compiler-artifact\",\"package_id\":\"a\"}\n{\"reason\":\"build-script-executed\",\"package_id\":\"a\"}\n\
             {\"reason\":\"compiler-artifact\",\"package_id\":\"a\"}\n{\"reason\":\"compiler-artifact\",\"package_id\":\"b\"}\nno JSON\n";
        assert_eq!(crates(messages), 2);
    }
}
