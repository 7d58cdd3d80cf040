//! An internal tool that reports over all accounts: how many roles each has, and which accounts could not be read.

use std::error::Error;
use std::process::ExitCode;

use landfall::Role;
use landfall::environments::{Progress, Select, Visit};
use landfall::session::Session;
use landfall_examples::built::Built;

/// Accounts that are read concurrently.
const LIMIT: usize = 32;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut built = Built::startup().await?;
    // An account that has been closed is named and skipped; one that lost its role is out of reach.
    "closed".clone_into(&mut built.index.environments[1].accounts[0].state);
    built.index.accounts[0].roles.remove(Role::Auditor.as_str());

    let outcome = built
        .environments()?
        .select(Select::all())?
        .each(Role::Auditor, LIMIT, roles)
        .progress(|progress| {
            if let Progress::Started(visit) = progress {
                eprintln!("reading {visit}");
            }
        })
        .await;
    for (visit, count) in &outcome.done {
        println!("{:<12} {count} roles", visit.account);
    }
    for (visit, error) in &outcome.failed {
        println!("{:<12} failed: {error}", visit.account);
    }
    for (visit, error) in &outcome.unreachable {
        println!("{:<12} out of reach: {error}", visit.account);
    }
    for (visit, state) in &outcome.skipped {
        println!("{:<12} skipped: {state}", visit.account);
    }
    println!("{}", if outcome.is_complete() { "complete" } else { "not complete" });
    Ok(if outcome.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Counts the roles of one account.
async fn roles(_: Visit, session: Session) -> Result<usize, aws_sdk_iam::Error> {
    let mut pages = aws_sdk_iam::Client::new(session.sdk_config()).list_roles().into_paginator().send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page?.roles().len();
    }
    Ok(count)
}
