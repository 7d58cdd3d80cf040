//! The world's organization, and the creation of its accounts.

use super::{Account, Creation, Organization, Outcome, Permissions, Role, RootFeature, RootPassword, World};
use crate::id::AccountId;
use crate::simulator::clock::Timestamp;
use crate::simulator::failure::Failure;
use crate::simulator::propagated::Propagated;
use crate::simulator::stored::own_document;

impl World {
    pub(crate) fn organization(&self) -> Result<&Organization, Failure> {
        self.organization.as_ref().ok_or_else(not_in_use)
    }

    pub(crate) fn organization_mut(&mut self) -> Result<&mut Organization, Failure> {
        self.organization.as_mut().ok_or_else(not_in_use)
    }

    /// Returns the accounts of the organization.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(|account| account.parent.is_some())
    }

    /// Finishes the account creations that are due, in the order of their requests.
    pub(super) fn settle_creations(&mut self, now: Timestamp) {
        let Some(organization) = &self.organization else { return };
        let mut due: Vec<(Timestamp, String)> = organization
            .creations
            .iter()
            .filter(|(_, creation)| matches!(creation.outcome, Outcome::Pending) && creation.due <= now)
            .map(|(id, creation)| (creation.due, id.clone()))
            .collect();
        due.sort();
        for (at, id) in due {
            let Some(creation) = self.organization.as_ref().and_then(|organization| organization.creations.get(&id)).cloned() else {
                continue;
            };
            let outcome = self.create_account(at, &creation);
            if let Some(creation) = self.organization.as_mut().and_then(|organization| organization.creations.get_mut(&id)) {
                creation.outcome = outcome;
            }
        }
    }

    fn create_account(&mut self, now: Timestamp, creation: &Creation) -> Outcome {
        let failed = |reason: &str| Outcome::Failed { reason: reason.to_owned() };
        if creation.repeated {
            return failed("CONCURRENT_ACCOUNT_MODIFICATION");
        }
        let same = |email: &str| email.eq_ignore_ascii_case(&creation.email);
        if self.accounts.values().any(|account| same(&account.email)) || self.options.emails_taken.iter().any(|email| same(email)) {
            return failed("EMAIL_ALREADY_EXISTS");
        }
        let (id, access_role_id, service_role_id) = (self.member_id(), self.unique_id("AROA"), self.unique_id("AROA"));
        let Some(organization) = &mut self.organization else { return failed("INTERNAL_FAILURE") };
        let mut account = Account::new(id.clone(), &creation.name, &creation.email, now, Some(organization.root.clone()));
        account.iam.insert_role(access_role(&id, &creation.role_name, &organization.management, access_role_id, now));
        account.iam.insert_role(service_role(&id, service_role_id, now));
        // Under central root access new accounts have no root credentials (IAM User Guide, "Centralize root access").
        if organization.root_access.contains(&RootFeature::RootCredentialsManagement) {
            account.iam.root_password = RootPassword::Absent;
        }
        organization.begin_target(id.as_str());
        if !creation.tags.is_empty() {
            organization.tags.insert(id.to_string(), creation.tags.clone());
        }
        self.accounts.insert(id.clone(), account);
        Outcome::Succeeded { account: id }
    }
}

/// The role with which the management account enters a new account.
fn access_role(account: &AccountId, name: &str, management: &AccountId, id: String, now: Timestamp) -> Role {
    let trust = own_document(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{management}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    ));
    let mut role = Role::new(account, "/", name, id, trust, now);
    role.permissions = Propagated::new(Permissions::administrator());
    role
}

/// The service-linked role of Organizations.
pub(crate) fn service_role(account: &AccountId, id: String, now: Timestamp) -> Role {
    let trust = own_document(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"organizations.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#,
    );
    Role::new(account, "/aws-service-role/organizations.amazonaws.com/", "AWSServiceRoleForOrganizations", id, trust, now)
}

fn not_in_use() -> Failure {
    Failure::organizations("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
}
