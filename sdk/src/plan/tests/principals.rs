//! What a plan says of principals whose account it alone knows.

use super::{built, organization};
use crate::desired::desired;
use crate::plan::{PlanOptions, plan};

const MANIFEST: &str = r#"
schema = 1
[organization]
name = "acme"
email = "aws+{account}@acme.example"
region = "eu-west-1"
regions = ["eu-west-1"]
[environments.dev]
tier = "development"
[accounts.tooling]
unit = "Infrastructure"
[access]
administrators = ["sso:AdministratorAccess"]
"#;

#[test]
fn an_arn_of_an_account_that_landfall_made_is_a_notice() {
    let world = built(&desired(&organization(MANIFEST)));
    let tooling = world.facts.ids().into_iter().find(|(_, address)| address.to_string() == "account/tooling").expect("built").0.to_owned();
    for (resource, account, expect) in [
        ("role/ci", tooling.as_str(), true),
        ("user/ci", &tooling, true),
        ("role/ci-*", &tooling, true),
        ("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_*", &tooling, false),
        ("role/ci", "111111111111", false),
        ("role/ci", "999999999999", false),
    ] {
        let arn = format!("arn:aws:iam::{account}:{resource}");
        let organization = organization(&format!("{MANIFEST}operators = [\"{arn}\"]\n"));
        let plan = plan(&organization, &desired(&organization), &world, &PlanOptions::default()).expect("not refused");
        let said = format!("every administrator of account/tooling can become {arn}, and get in where the manifest names it");
        let notice = plan.notices.iter().find(|notice| notice.text.starts_with("every administrator of account/tooling"));
        assert_eq!(notice.map(|notice| notice.text.as_str()), expect.then_some(said.as_str()), "{arn}");
    }
}
