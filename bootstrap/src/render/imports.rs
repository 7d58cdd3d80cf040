//! A file of Terraform's for those who leave: a provider for each account, and an `import` block for each thing that is landfall's.

use std::collections::BTreeMap;

use landfall::environments::Index;
use landfall::name::Region;
use landfall::ours::PROVISIONER;
use landfall::terraform::{Imported, Imports};
use serde::Serialize;

use crate::document::IMPORTS_HEAD;
use crate::render::hcl::{Block, Identifiers, Value};
use crate::render::index::terraform::providers;

/// A block as JSON says it.
#[derive(Debug, Serialize)]
pub(crate) struct Named<'a> {
    /// The thing's address.
    address: String,
    /// The key of its account, which is the alias of the provider.
    account: &'a str,
    /// Where it is imported to: `aws_vpc.dev_main`.
    to: String,
    /// By which id.
    id: &'a str,
}

/// Returns what each thing is called in Terraform; no two of a type are called the same.
pub(crate) fn named<'a>(imports: &'a Imports, home: &Region) -> Vec<Named<'a>> {
    let mut names: BTreeMap<&str, Identifiers> = BTreeMap::new();
    let all = imports.imported.iter();
    all.map(|one| {
        let name = names.entry(one.resource).or_default().take(&name_of(one, home));
        Named { address: one.address.to_string(), account: one.account.as_str(), to: format!("{}.{name}", one.resource), id: &one.id }
    })
    .collect()
}

/// Returns the words of an address that its type does not say: account, Region outside the home Region, name.
fn name_of(one: &Imported, home: &Region) -> String {
    let scope = one.address.scope();
    let region = scope.region().filter(|region| *region != home).map(ToString::to_string);
    let account = scope.account().map(ToString::to_string);
    let words: Vec<String> = account.into_iter().chain(region).chain([one.address.name().to_owned()]).collect();
    words.join("_")
}

/// Returns the file. Its providers assume `provisioner`: no other role may change what landfall made.
pub(crate) fn text(index: &Index, imports: &Imports, home: &Region) -> String {
    let organization = &index.organization.name;
    let mut text = format!(
        "{IMPORTS_HEAD} for {organization}, which replaces this file.\n# Keep it in a folder of its own. Go on, with Terraform 1.5 or later: terraform init, then\n#   terraform plan -generate-config-out=generated.tf\n\n"
    );
    let source = Value::Expression("{ source = \"hashicorp/aws\", version = \">= 6.0\" }".to_owned());
    let mut versions = Block::new("terraform", vec![("required_version", ">= 1.5".into())]);
    versions.blocks.push(Block::new("required_providers", vec![("aws", source)]));
    text.push_str(&versions.to_string());
    for block in providers(index, &[PROVISIONER]) {
        text.push_str(&format!("\n{block}"));
    }
    for one in named(imports, home) {
        let attributes =
            vec![("provider", Value::Expression(format!("aws.{}", one.account))), ("to", Value::Expression(one.to)), ("id", one.id.into())];
        text.push_str(&format!("\n# {}\n{}", on_one_line(&one.address), Block::new("import", attributes)));
    }
    if !imports.left.is_empty() {
        text.push_str("\n# Not imported:\n");
    }
    for left in &imports.left {
        text.push_str(&format!("# {}: {}\n", on_one_line(&left.address.to_string()), on_one_line(&left.reason)));
    }
    text
}

/// Returns a text for a comment: what came of a tag, or of AWS, must not begin a line of its own.
fn on_one_line(text: &str) -> String {
    text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect()
}
