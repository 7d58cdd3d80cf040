//! Evaluates one call against all generated documents that apply to it.

use super::*;
use crate::aws::policy::Verdict;

/// A caller in an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// A session of `deployer`.
    Deployer,
    /// A role that a deployer created: every action, under the boundary.
    Made,
    /// An administrator of the account: every action, no boundary.
    Administrator,
    /// `break-glass`.
    BreakGlass,
    /// `provisioner`.
    Provisioner,
}

/// A call in an account; `{}` in a resource or value is its id.
#[derive(Debug, Clone)]
pub(super) struct Probe<'a> {
    pub(super) who: Who,
    pub(super) account: &'a str,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) context: &'a [(&'a str, &'a str)],
}

/// The generated documents of one account.
pub(super) struct Documents {
    key: &'static str,
    deployer: Vec<Document>,
    boundary: Option<Document>,
    guardrails: Vec<Document>,
}

pub(super) fn key_of(account: &str) -> &'static str {
    match account {
        DEV => "dev",
        PROD => "prod",
        TOOLING => "tooling",
        other => panic!("no such account {other}"),
    }
}

impl Documents {
    pub(super) fn of(state: &DesiredState, account: &str) -> Self {
        let key = key_of(account);
        let find = |address: String| state.wanted.iter().find(|wanted| wanted.address.to_string() == address).map(|wanted| &wanted.thing);
        let (mut deployer, mut boundary) = (Vec::new(), None);
        if let Some(Desired::IamRole(role)) = find(format!("{key}/iam-role/deployer")) {
            deployer.extend(role.managed.iter().map(|arn| managed(arn)));
            deployer.extend(role.inline.values().map(document));
        }
        if let Some(Desired::IamPolicy(policy)) = find(format!("{key}/iam-policy/boundary")) {
            boundary = Some(document(&policy.document));
        }
        let attached: &[&str] = match key {
            "dev" => &["base"],
            "prod" => &["base", "strict"],
            _ => &["base", "pipelines"],
        };
        let guardrails = attached.iter().filter_map(|name| match find(format!("guardrail/{name}")) {
            Some(Desired::Guardrail(guardrail)) => Some(document(&guardrail.content)),
            _ => None,
        });
        Self { key, deployer, boundary, guardrails: guardrails.collect() }
    }

    pub(super) fn ask(&self, probe: &Probe<'_>) -> Verdict {
        assert_eq!(self.key, key_of(probe.account));
        let everything = managed("x/AdministratorAccess");
        let name = match probe.who {
            Who::Deployer => "landfall/deployer",
            Who::Made => "app",
            Who::Administrator => "human-admin",
            Who::BreakGlass => "landfall/break-glass",
            Who::Provisioner => "landfall/provisioner",
        };
        let caller = Caller::role(&format!("arn:aws:iam::{}:role/{name}", probe.account), "x");
        let mut request = Request::new(caller, probe.action, probe.resource.replace("{}", probe.account));
        if !probe.context.iter().any(|(key, _)| *key == "aws:RequestedRegion") {
            request = request.with("aws:RequestedRegion", "eu-west-1");
        }
        for (key, value) in probe.context {
            request = request.with(key, value.replace("{}", probe.account));
        }
        let is_bounded = matches!(probe.who, Who::Deployer | Who::Made);
        let identity = if probe.who == Who::Deployer { self.deployer.iter().collect() } else { vec![&everything] };
        let policies = Policies {
            service_control: vec![std::iter::once(&everything).chain(&self.guardrails).collect()],
            identity,
            boundary: is_bounded.then_some(self.boundary.as_ref()).flatten(),
            resource_account: probe.account,
            ..Policies::default()
        };
        evaluate(&request, &policies)
    }
}

/// An action, the resource, and the context of the request.
pub(super) type Asked<'r> = (&'r str, &'r str, &'r [(&'r str, &'r str)]);

/// A row: what it shows, who, action, resource, context.
pub(super) type Row<'a> = (&'a str, Who, &'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Checks that every row gives the same verdict, and reports all that differ at once.
pub(super) fn hold(state: &DesiredState, account: &str, expect: bool, rows: &[Row<'_>]) {
    let documents = Documents::of(state, account);
    let mut wrong = Vec::new();
    for (what, who, action, resource, context) in rows {
        let verdict = documents.ask(&Probe { who: *who, account, action, resource, context });
        if verdict.is_allowed() != expect {
            wrong.push(format!("{what}: {who:?} {action} on {resource}: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "expected allowed = {expect}:\n{}", wrong.join("\n"));
}
