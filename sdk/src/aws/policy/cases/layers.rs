//! Principals, trust, and the layers: guardrails, boundary, session, identity and resource policies.

use super::*;

#[test]
fn buckets() {
    let session = "arn:aws:sts::222222222222:assumed-role/builder/run-1";
    let not_us = json!({ "Effect": "Deny", "NotPrincipal": { "AWS": [ACCOUNT, ROLE, session] }, "Action": "s3:*", "Resource": "*" });
    let not_role = json!({ "Effect": "Deny", "NotPrincipal": { "AWS": ROLE }, "Action": "s3:*", "Resource": "*" });
    let not_trail =
        json!({ "Effect": "Deny", "NotPrincipal": { "Service": "cloudtrail.amazonaws.com" }, "Action": "s3:*", "Resource": "*" });
    let outside = |name, expected| case(name, expected).by(Caller::role("arn:aws:iam::333333333333:role/ci", "run"));
    check(vec![
        case("a bucket's policy suffices in its account", ALLOWED).resource(bucket("Allow", json!({ "AWS": ROLE }))),
        case("a bucket's policy that names the account delegates", NO_IDENTITY).resource(bucket("Allow", json!({ "AWS": ACCOUNT }))),
        case("identity policies suffice in their account", ALLOWED)
            .identity(everything())
            .resource(bucket("Allow", json!({ "AWS": USER }))),
        case("a bucket's policy denies", RESOURCE_DENIES).identity(everything()).resource(bucket("Deny", json!("*"))),
        case("a deny for the account hits its roles", RESOURCE_DENIES)
            .identity(everything())
            .resource(bucket("Deny", json!({ "AWS": ACCOUNT }))),
        case("a statement without principal applies to no caller", NO_IDENTITY).resource(everything()),
        case("NotPrincipal with all three", ALLOWED).identity(everything()).resource(not_us.clone()),
        case("NotPrincipal with the role alone denies its sessions", RESOURCE_DENIES).identity(everything()).resource(not_role),
        case("NotPrincipal denies others", RESOURCE_DENIES).by(Caller::user(USER)).identity(everything()).resource(not_us.clone()),
        case("NotPrincipal always denies a caller with a boundary", RESOURCE_DENIES)
            .identity(everything())
            .boundary(everything())
            .resource(not_us),
        case("NotPrincipal with the service", ALLOWED)
            .by(Caller::service("cloudtrail.amazonaws.com"))
            .resource(json!([bucket("Allow", json!("*")), not_trail])),
        case("NotPrincipal with another service", RESOURCE_DENIES)
            .by(Caller::service("config.amazonaws.com"))
            .resource(json!([bucket("Allow", json!("*")), not_trail])),
        case("a service", ALLOWED)
            .by(Caller::service("cloudtrail.amazonaws.com"))
            .resource(bucket("Allow", json!({ "Service": "cloudtrail.amazonaws.com" }))),
        case("another service", NO_RESOURCE)
            .by(Caller::service("config.amazonaws.com"))
            .resource(bucket("Allow", json!({ "Service": "cloudtrail.amazonaws.com" }))),
        case("a service is not an account", NO_RESOURCE)
            .by(Caller::service("config.amazonaws.com"))
            .identity(everything())
            .resource(bucket("Allow", json!({ "AWS": ACCOUNT }))),
        case("an anonymous caller under a star", ALLOWED).by(Caller::anonymous()).resource(bucket("Allow", json!({ "AWS": "*" }))),
        case("an anonymous caller", NO_RESOURCE).by(Caller::anonymous()).resource(bucket("Allow", json!({ "AWS": ACCOUNT }))),
        outside("from elsewhere: identity alone", NO_RESOURCE).identity(everything()),
        outside("from elsewhere: bucket alone", NO_IDENTITY).resource(bucket("Allow", json!({ "AWS": OTHER_ACCOUNT }))),
        outside("from elsewhere: both", ALLOWED).identity(everything()).resource(bucket("Allow", json!({ "AWS": OTHER_ACCOUNT }))),
        outside("from elsewhere: a star is not enough", NO_IDENTITY).resource(bucket("Allow", json!("*"))),
    ]);
}

#[test]
fn trust() {
    let ours = |name, expected| case(name, expected).identity(allow("sts:*", "*"));
    let theirs = |name, expected| outsider(case(name, expected));
    let external = json!({ "Effect": "Allow", "Principal": { "AWS": OTHER_ACCOUNT }, "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "sts:ExternalId": "blue" } } });
    check(vec![
        ours("a trust that names another account", NO_RESOURCE).trust(trusting(json!({ "AWS": OTHER_ACCOUNT }))),
        ours("no trust at all", NO_RESOURCE).trust(trusting(json!({ "AWS": USER }))),
        ours("the account's root", ALLOWED).trust(trusting(json!({ "AWS": "arn:aws:iam::222222222222:root" }))),
        case("the account's root without identity policy", NO_IDENTITY).trust(trusting(json!({ "AWS": "arn:aws:iam::222222222222:root" }))),
        case("the role suffices in its account", ALLOWED).trust(trusting(json!({ "AWS": ROLE }))),
        theirs("a bare account id", ALLOWED).trust(trusting(json!({ "AWS": OTHER_ACCOUNT }))),
        theirs("another account's root", ALLOWED).trust(trusting(json!({ "AWS": "arn:aws:iam::333333333333:root" }))),
        theirs("the wrong account", NO_RESOURCE).trust(trusting(json!({ "AWS": "arn:aws:iam::444444444444:root" }))),
        theirs("an exact role, for its session", ALLOWED).trust(trusting(json!({ "AWS": "arn:aws:iam::333333333333:role/landfall/ci" }))),
        theirs("a role without its path", NO_RESOURCE).trust(trusting(json!({ "AWS": "arn:aws:iam::333333333333:role/ci" }))),
        theirs("the session", ALLOWED).trust(trusting(json!({ "AWS": "arn:aws:sts::333333333333:assumed-role/ci/run-2" }))),
        theirs("another session", NO_RESOURCE).trust(trusting(json!({ "AWS": "arn:aws:sts::333333333333:assumed-role/ci/run-3" }))),
        theirs("a star", ALLOWED).trust(trusting(json!({ "AWS": "*" }))),
        theirs("a list", ALLOWED).trust(trusting(json!({ "AWS": ["444444444444", OTHER_ACCOUNT] }))),
        theirs("the id of a deleted role", NO_RESOURCE).trust(trusting(json!({ "AWS": "AROAEXAMPLEID0000000" }))),
        theirs("a trust that denies", RESOURCE_DENIES)
            .trust(json!([trusting(json!("*")), { "Effect": "Deny", "Principal": "*", "Action": "sts:*" }])),
        theirs("another action of STS", NO_IDENTITY)
            .call("sts:TagSession", "arn:aws:iam::222222222222:role/x")
            .trust(trusting(json!({ "AWS": OTHER_ACCOUNT }))),
        theirs("the right external id", ALLOWED).with("sts:ExternalId", "blue").trust(external.clone()),
        theirs("the wrong external id", NO_RESOURCE).with("sts:ExternalId", "red").trust(external.clone()),
        theirs("no external id", NO_RESOURCE).trust(external),
        case("a service's role", ALLOWED)
            .by(Caller::service("ec2.amazonaws.com"))
            .trust(trusting(json!({ "Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] }))),
        case("a trust for services is not for roles", NO_RESOURCE)
            .identity(everything())
            .trust(trusting(json!({ "Service": "ec2.amazonaws.com" }))),
    ]);
}

#[test]
fn guardrails() {
    let full = || vec![everything()];
    let ours = |name, expected| case(name, expected).identity(everything());
    check(vec![
        ours("the management account is not bound", ALLOWED),
        ours("full access at every level", ALLOWED).level(full()).level(full()).level(full()),
        ours("full access and a deny of something else", ALLOWED).level(vec![everything(), deny("organizations:LeaveOrganization", "*")]),
        ours("full access and a deny", GUARDRAIL_DENIES).level(full()).level(vec![everything(), deny("s3:*", "*")]),
        ours("a level that does not allow", NO_GUARDRAIL).level(full()).level(vec![allow("ec2:*", "*")]).level(full()),
        ours("a level that only denies", NO_GUARDRAIL).level(full()).level(vec![deny("ec2:*", "*")]),
        ours("a level without documents", NO_GUARDRAIL).level(full()).level(vec![]),
        ours("levels with different allows", ALLOWED)
            .level(vec![allow("s3:*", "*")])
            .level(vec![allow("ec2:*", "*"), allow("s3:Get*", "*")]),
        case("guardrails grant nothing", NO_IDENTITY).level(full()),
        case("guardrails bind grants of buckets", GUARDRAIL_DENIES)
            .level(vec![everything(), deny("s3:*", "*")])
            .resource(bucket("Allow", json!("*"))),
        ours("a deny goes before a missing allow", GUARDRAIL_DENIES).level(vec![]).level(vec![deny("*", "*")]),
        ours("guardrails are named first", GUARDRAIL_DENIES).level(vec![deny("*", "*")]).identity(deny("*", "*")),
        case("guardrails bind root", GUARDRAIL_DENIES).by(Caller::root(ACCOUNT)).level(vec![everything(), deny("s3:*", "*")]),
        case("no guardrail binds a service-linked role", ALLOWED)
            .by(Caller::role("arn:aws:iam::222222222222:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "x"))
            .identity(everything())
            .level(vec![deny("*", "*")]),
        case("no guardrail binds a service", ALLOWED)
            .by(Caller::service("cloudtrail.amazonaws.com"))
            .level(vec![deny("*", "*")])
            .resource(bucket("Allow", json!({ "Service": "cloudtrail.amazonaws.com" }))),
    ]);
}

#[test]
fn root() {
    let root = |name, expected| case(name, expected).by(Caller::root(ACCOUNT));
    check(vec![
        root("root needs no policy", ALLOWED),
        root("a bucket can deny root", RESOURCE_DENIES).resource(bucket("Deny", json!("*"))),
        root("root elsewhere needs the bucket", NO_RESOURCE).by(Caller::root(OTHER_ACCOUNT)),
        root("root elsewhere with the bucket", ALLOWED)
            .by(Caller::root(OTHER_ACCOUNT))
            .resource(bucket("Allow", json!({ "AWS": OTHER_ACCOUNT }))),
        root("an assumed root within its task", ALLOWED).session(vec![allow("s3:GetObject", "*")]),
        root("an assumed root outside its task", NO_SESSION).session(vec![allow("s3:PutBucketPolicy", "*")]),
        root("an assumed root outside its task, named by the bucket", NO_SESSION)
            .session(vec![allow("s3:PutBucketPolicy", "*")])
            .resource(bucket("Allow", json!({ "AWS": ACCOUNT }))),
    ]);
}

#[test]
fn boundaries() {
    let ours = |name, expected| case(name, expected).identity(everything());
    check(vec![
        ours("a boundary lets through", ALLOWED).boundary(allow("s3:*", "*")),
        ours("a boundary caps", NO_BOUNDARY).boundary(allow("ec2:*", "*")),
        ours("a boundary denies", BOUNDARY_DENIES).boundary(json!([everything(), deny("s3:*", "*")])),
        case("a boundary grants nothing", NO_IDENTITY).boundary(everything()),
        case("a boundary caps a grant to the role", NO_BOUNDARY)
            .boundary(allow("ec2:*", "*"))
            .resource(bucket("Allow", json!({ "AWS": ROLE }))),
        case("a grant to the session escapes the boundary", ALLOWED)
            .boundary(allow("ec2:*", "*"))
            .resource(bucket("Allow", json!({ "AWS": "arn:aws:sts::222222222222:assumed-role/builder/run-1" }))),
        case("a grant to the user escapes the boundary", ALLOWED)
            .by(Caller::user(USER))
            .boundary(allow("ec2:*", "*"))
            .resource(bucket("Allow", json!({ "AWS": USER }))),
        case("a grant to the session does not escape a deny", BOUNDARY_DENIES)
            .boundary(deny("s3:*", "*"))
            .resource(bucket("Allow", json!({ "AWS": "arn:aws:sts::222222222222:assumed-role/builder/run-1" }))),
        outsider(case("a boundary caps calls into other accounts", NO_BOUNDARY))
            .boundary(allow("s3:*", "*"))
            .trust(trusting(json!({ "AWS": "arn:aws:sts::333333333333:assumed-role/ci/run-2" }))),
        ours("the boundary is named before the session", NO_BOUNDARY).boundary(allow("ec2:*", "*")).session(vec![allow("ec2:*", "*")]),
    ]);
}

#[test]
fn sessions() {
    let ours = |name, expected| case(name, expected).identity(allow("s3:*", "*"));
    check(vec![
        ours("a session policy lets through", ALLOWED).session(vec![allow("s3:Get*", "*")]),
        ours("a session policy caps", NO_SESSION).session(vec![allow("s3:Put*", "*")]),
        ours("one of several session policies suffices", ALLOWED).session(vec![allow("ec2:*", "*"), allow("s3:*", "*")]),
        ours("a session policy denies", SESSION_DENIES).session(vec![everything(), deny("s3:GetObject", "*")]),
        ours("no session policies given", ALLOWED).session(vec![]),
        case("a session policy grants nothing", NO_IDENTITY).session(vec![everything()]),
        ours("identity, boundary and session intersect", NO_SESSION).boundary(allow("s3:Get*", "*")).session(vec![allow("s3:Put*", "*")]),
        case("a session policy caps a grant to the role", NO_SESSION)
            .session(vec![allow("s3:Put*", "*")])
            .resource(bucket("Allow", json!({ "AWS": ROLE }))),
    ]);
}

#[test]
fn keys_of_kms() {
    let key = "arn:aws:kms:eu-west-1:222222222222:key/1";
    let decrypt = |name, expected| {
        let mut case = case(name, expected).call("kms:Decrypt", key);
        case.rule = ResourceRule::MustAllow;
        case
    };
    let to = |principal: Value| json!({ "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*" });
    check(vec![
        decrypt("a key without the account", NO_RESOURCE).identity(everything()).resource(to(json!({ "AWS": OTHER_ACCOUNT }))),
        decrypt("a key without a policy", NO_RESOURCE).identity(everything()),
        decrypt("a key that leaves it to the account", ALLOWED).identity(everything()).resource(to(json!({ "AWS": ACCOUNT }))),
        decrypt("a key that leaves it to the account which does not allow", NO_IDENTITY).resource(to(json!({ "AWS": ACCOUNT }))),
        decrypt("a key that names the role", ALLOWED).resource(to(json!({ "AWS": ROLE }))),
        decrypt("root without the key's policy", NO_RESOURCE).by(Caller::root(ACCOUNT)).resource(to(json!({ "AWS": ROLE }))),
        decrypt("root with the key's policy", ALLOWED).by(Caller::root(ACCOUNT)).resource(to(json!({ "AWS": ACCOUNT }))),
    ]);
}

#[test]
fn denials_have_the_form_of_those_of_aws() {
    let request = Request::new(Caller::role(ROLE, "run-1"), "sts:AssumeRole", "arn:aws:iam::333333333333:role/x");
    let nothing = Policies { resource_account: OTHER_ACCOUNT, ..Policies::default() };
    let Verdict::Denied(denial) = evaluate(&request, &nothing) else { panic!("nothing allows this") };
    assert_eq!(
        denial.message(&request),
        "User: arn:aws:sts::222222222222:assumed-role/builder/run-1 is not authorized to perform: sts:AssumeRole on resource: \
         arn:aws:iam::333333333333:role/x because no identity-based policy allows the sts:AssumeRole action"
    );
    let guardrail = document(&policy(json!([everything(), { "Sid": "NoChains", "Effect": "Deny", "Action": "sts:*", "Resource": "*" }])));
    let guarded = Policies { service_control: vec![vec![&guardrail]], ..nothing };
    let Verdict::Denied(denial) = evaluate(&request, &guarded) else { panic!("a guardrail denies this") };
    assert_eq!(denial.to_string(), "with an explicit deny in a service control policy");
    assert_eq!(denial.sid.as_deref(), Some("NoChains"));
}

#[test]
fn resource_guardrails() {
    let ours = |name, expected| case(name, expected).identity(everything());
    let denies = || everyone("Deny", "s3:*");
    let not_ours = json!({ "Effect": "Deny", "Principal": "*", "Action": ["s3:*", "kms:*"], "Resource": "*", "Condition": {
        "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-ours" }, "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } } });
    let outside = |name, expected| case(name, expected).by(Caller::role("arn:aws:iam::333333333333:role/ci", "run")).identity(everything());
    let open = || bucket("Allow", json!("*"));
    let mut unlisted = ours("a level without documents", NO_RESOURCE_GUARDRAIL);
    unlisted.resource_levels.push(Vec::new());
    let mut without_principal = ours("a statement without principal applies to nobody", NO_RESOURCE_GUARDRAIL);
    without_principal.resource_levels.push(vec![policy(everything())]);
    check(vec![
        ours("an account without any", ALLOWED),
        unlisted,
        without_principal,
        ours("full access and a deny of something else", ALLOWED).resource_level(everyone("Deny", "kms:*")),
        ours("a deny", RESOURCE_GUARDRAIL_DENIES).resource_level(denies()),
        ours("a deny at any level", RESOURCE_GUARDRAIL_DENIES).resource_level(everyone("Deny", "kms:*")).resource_level(denies()),
        ours("they are named first", RESOURCE_GUARDRAIL_DENIES).resource_level(denies()).level(vec![deny("*", "*")]),
        case("they grant nothing", NO_IDENTITY).resource_level(everyone("Deny", "kms:*")),
        case("they bind root", RESOURCE_GUARDRAIL_DENIES).by(Caller::root(ACCOUNT)).resource_level(denies()),
        case("they bind AWS services", RESOURCE_GUARDRAIL_DENIES)
            .by(Caller::service("cloudtrail.amazonaws.com"))
            .resource(open())
            .resource_level(denies()),
        case("they bind callers without credentials", RESOURCE_GUARDRAIL_DENIES)
            .by(Caller::anonymous())
            .resource(open())
            .resource_level(denies()),
        outside("they bind other accounts, whatever the bucket allows", RESOURCE_GUARDRAIL_DENIES)
            .resource(bucket("Allow", json!({ "AWS": OTHER_ACCOUNT })))
            .resource_level(denies()),
        case("they do not bind service-linked roles", ALLOWED)
            .by(Caller::role("arn:aws:iam::222222222222:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", "x"))
            .identity(everything())
            .resource_level(denies()),
        case("nor who assumes one", ALLOWED)
            .by(Caller::service("x.amazonaws.com"))
            .call("sts:AssumeRole", "arn:aws:iam::222222222222:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX")
            .trust(trusting(json!({ "Service": "x.amazonaws.com" })))
            .resource_level(everyone("Deny", "sts:*")),
        ours("services without them", ALLOWED).call("ec2:RunInstances", "*").resource_level(everyone("Deny", "ec2:*")),
        ours("an action without them", ALLOWED)
            .call("kms:RetireGrant", "arn:aws:kms:eu-west-1:222222222222:key/1")
            .resource_level(everyone("Deny", "kms:*")),
        ours("its neighbour", RESOURCE_GUARDRAIL_DENIES)
            .call("kms:RevokeGrant", "arn:aws:kms:eu-west-1:222222222222:key/1")
            .resource_level(everyone("Deny", "kms:*")),
        ours("a principal of the organization", ALLOWED).with("aws:PrincipalOrgID", "o-ours").resource_level(not_ours.clone()),
        outside("a principal of another", RESOURCE_GUARDRAIL_DENIES)
            .with("aws:PrincipalOrgID", "o-theirs")
            .resource_level(not_ours.clone()),
        outside("a principal of none", RESOURCE_GUARDRAIL_DENIES).resource(open()).resource_level(not_ours.clone()),
        case("a service", ALLOWED).by(Caller::service("x.amazonaws.com")).resource(open()).resource_level(not_ours),
    ]);
}
