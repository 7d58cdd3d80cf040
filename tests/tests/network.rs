//! Networks on the simulator: bad worlds, and what a changed manifest does to an existing network.

use std::time::{Duration, SystemTime};

use aws_types::SdkConfig;
use landfall::model::Organization;
use landfall::plan::Plan;
use landfall::simulator::{Clock, Options, Principal, Simulator};
use landfall_tests::ec2::{Ec2, at};
use landfall_tests::{account_id, applied, failures, organization, planned, pruned};

const STARTUP: &str = include_str!("../../examples/startup/landfall.toml");
const DEV: &str = r#"network = { cidr = "10.16.0.0/16" }"#;

/// Returns a world that startup was built in.
async fn built() -> (Simulator, SdkConfig) {
    // In virtual time: something in use is waited for, since right after a removal that may be an echo.
    let simulator = Simulator::new(Options::default(), Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000)));
    let config = simulator.sdk_config("eu-west-1");
    let (report, events) = applied(&config, &organization(STARTUP)).await.expect("observed");
    assert_eq!(report.exit, 0, "{:?}", failures(&events));
    (simulator, config)
}

/// Returns EC2 in an account, by its access role.
async fn ec2(simulator: &Simulator, config: &SdkConfig, key: &str) -> Ec2 {
    ec2_of(simulator, config, &organization(STARTUP), key).await
}

async fn ec2_of(simulator: &Simulator, config: &SdkConfig, organization: &Organization, key: &str) -> Ec2 {
    let (_, plan) = planned(config, organization).await.expect("observed");
    let id = account_id(&plan, key).parse().expect("an id");
    let access = Principal::Session(id, "OrganizationAccountAccessRole".to_owned(), "somebody".to_owned());
    Ec2::new(simulator.sdk_config_with("eu-west-1", simulator.credentials_for(&access).expect("exists")))
}

#[tokio::test]
async fn more_zones_than_the_region_has_fail_one_network_and_name_both_numbers() {
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let many = organization(&STARTUP.replace(DEV, r#"network = { cidr = "10.16.0.0/16", azs = 6 }"#));
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &many).await.expect("observed");
    assert_eq!(report.exit, 4);
    let failures = failures(&events);
    let told = failures.iter().find(|line| line.contains("availability zones")).expect("it is reported");
    assert!(told.starts_with("dev/eu-west-1/subnet/public-a: the network spans 6 availability zones, and dev/eu-west-1 has 3"), "{told}");
    assert!(told.contains("azs = 3"), "{told}");
    assert!(failures.iter().all(|line| line.starts_with("dev/")), "{failures:?}");
}

#[tokio::test]
async fn the_quota_of_elastic_ip_addresses_is_named_with_its_command_and_the_other_accounts_finish() {
    let simulator = Simulator::new(Options::default().with_address_quota(2), Clock::wall());
    let organization = organization(STARTUP);
    let (report, events) = applied(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert_eq!((report.exit, report.failed), (4, 1));
    let failures = failures(&events);
    let told = failures.iter().find(|line| !line.contains(" skipped: ")).expect("one failed");
    assert!(told.starts_with("prod/eu-west-1/eip/nat-"), "{told}");
    assert!(told.contains("AddressLimitExceeded") && told.contains("request-service-quota-increase"), "{told}");
    assert!(failures.iter().all(|line| line.starts_with("prod/")), "{failures:?}");
    let (_, again) = planned(&simulator.sdk_config("eu-west-1"), &organization).await.expect("observed");
    assert!(again.steps.iter().all(|step| step.address.to_string().starts_with("prod/")), "{:?}", again.view().steps);
}

#[tokio::test]
async fn a_network_that_is_no_longer_wanted_is_listed_and_pruned_to_the_last_thing() {
    let (simulator, config) = built().await;
    let without = organization(&STARTUP.replace(DEV, ""));
    let (_, plan) = planned(&config, &without).await.expect("observed");
    assert!(plan.orphans.iter().any(|orphan| orphan.address.to_string() == "dev/eu-west-1/nat/a"), "{:?}", plan.orphans);

    let (_, events) = pruned(&config, &without).await;
    assert_eq!(failures(&events), [""; 0]);
    let (_, after) = planned(&config, &without).await.expect("observed");
    assert!(after.is_settled() && after.orphans.is_empty(), "{:?}", after.view());
    let ec2 = ec2(&simulator, &config, "dev").await;
    let vpcs = ec2.ask("DescribeVpcs", &[]).await.each("vpcSet/item");
    assert!(vpcs.iter().all(|vpc| vpc.text("isDefault").as_deref() == Some("true")), "only AWS's own is left: {vpcs:?}");
    assert_eq!(ec2.ask("DescribeAddresses", &[]).await.each("addressesSet/item"), []);
}

#[tokio::test]
async fn an_unmanaged_interface_in_a_removed_subnet_is_named_and_left_alone() {
    let (simulator, config) = built().await;
    let ec2 = ec2(&simulator, &config, "dev").await;
    let subnet = ec2.first("DescribeSubnets", &[at("dev/eu-west-1/subnet/private-b")], "subnetSet/item/subnetId").await;
    let made = ec2.ask("CreateNetworkInterface", &[("SubnetId", &subnet), ("Description", "ELB app/shop")]).await;
    let interface = made.text("networkInterface/networkInterfaceId").expect("has an id");

    let without = organization(&STARTUP.replace(DEV, ""));
    let (_, events) = pruned(&config, &without).await;
    let failures = failures(&events);
    let told = failures.iter().find(|line| line.starts_with("dev/eu-west-1/subnet/private-b: ")).unwrap_or_else(|| panic!("{failures:?}"));
    assert!(told.contains("DependencyViolation") && told.contains(&interface) && told.contains("ELB app/shop"), "{told}");
    let there = ec2.ask("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &interface)]).await;
    assert_eq!(there.each("networkInterfaceSet/item").len(), 1);
}

#[tokio::test]
async fn a_vpc_whose_removal_fails_keeps_its_flow_log() {
    let (simulator, config) = built().await;
    let ec2 = ec2(&simulator, &config, "dev").await;
    let vpc = ec2.first("DescribeVpcs", &[at("dev/eu-west-1/vpc/main")], "vpcSet/item/vpcId").await;
    ec2.ask("CreateSecurityGroup", &[("GroupName", "theirs"), ("GroupDescription", "theirs"), ("VpcId", &vpc)]).await;
    let (plan, events) = pruned(&config, &organization(&STARTUP.replace(DEV, ""))).await;
    let hazards: Vec<String> = plan.hazards(&[]).map(|(address, hazard)| format!("{address} {}: {}", hazard.name, hazard.text)).collect();
    assert!(hazards.len() == 2 && hazards[0].starts_with("dev/eu-west-1/nat/a remove-network: nat-"), "{hazards:?}");
    assert!(hazards[1].starts_with("dev/eu-west-1/vpc/main remove-network: vpc-"), "{hazards:?}");
    assert!(hazards[1].contains(" is deleted with its NAT gateway nat-"), "{hazards:?}");
    let failures = failures(&events);
    assert!(failures.iter().any(|line| line.starts_with("dev/eu-west-1/vpc/main: ")), "{failures:?}");
    assert_eq!(ec2.ask("DescribeFlowLogs", &[]).await.texts("flowLogSet/item/resourceId"), [vpc]);
}

#[tokio::test]
async fn a_block_that_changed_in_the_manifest_blocks_that_network_and_touches_nothing() {
    let (simulator, config) = built().await;
    let moved = organization(&STARTUP.replace(DEV, r#"network = { cidr = "10.64.0.0/16" }"#));
    let (_, plan) = planned(&config, &moved).await.expect("observed");
    let blocked: Vec<String> = plan.blocked.iter().map(|blocked| format!("{}: {}", blocked.address, blocked.blocked.reason)).collect();
    assert!(blocked.len() == 1 && blocked[0].starts_with("dev/eu-west-1/vpc/main: ") && blocked[0].contains("10.16.0.0/16"), "{blocked:?}");
    simulator.forget_calls();
    let (report, _) = applied(&config, &moved).await.expect("observed");
    assert_eq!(report.done, 0);
    assert!(simulator.calls().iter().all(|call| !call.mutating || call.service == "sts"));
}

#[tokio::test]
async fn every_change_of_tier_is_done_whole_or_blocked_whole_and_stays_so() {
    let tiers = ["sandbox", "development", "staging", "production"];
    // One environment: twelve worlds are built here, and then changed.
    let manifest = |tier: &str| {
        organization(&format!(
            "schema = 1\n[organization]\nname = \"acme\"\nemail = \"aws+{{account}}@acme.example\"\nregion = \"eu-west-1\"\n\
             regions = [\"eu-west-1\", \"us-east-1\"]\n[environments.dev]\ntier = \"{tier}\"\n{DEV}\n"
        ))
    };
    let is_dev = |address: &landfall::address::Address| address.to_string().starts_with("dev/eu-west-1/");
    for from in tiers {
        for to in tiers.into_iter().filter(|to| *to != from) {
            let clock = Clock::virtual_from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000));
            let simulator = Simulator::new(Options::default(), clock);
            let config = simulator.sdk_config("eu-west-1");
            let (report, events) = applied(&config, &manifest(from)).await.expect("observed");
            assert_eq!(report.exit, 0, "{:?}", failures(&events));
            let bought = async || {
                let ec2 = ec2_of(&simulator, &config, &manifest(from), "dev").await;
                let addresses = ec2.ask("DescribeAddresses", &[]).await.each("addressesSet/item").len();
                (addresses, ec2.ask("DescribeNatGateways", &[]).await.each("natGatewaySet/item").len())
            };
            let before = bought().await;
            let blocks =
                |plan: &Plan| plan.blocked.iter().map(|blocked| (blocked.address.clone(), blocked.blocked.clone())).collect::<Vec<_>>();
            let (_, first) = planned(&config, &manifest(to)).await.expect("observed");
            let (_, events) = applied(&config, &manifest(to)).await.expect("observed");
            assert_eq!(failures(&events), [""; 0], "{from} to {to}");
            let (_, second) = planned(&config, &manifest(to)).await.expect("observed");
            assert!(second.steps.is_empty(), "{from} to {to}: {:?}", second.view().steps);
            assert_eq!(blocks(&first), blocks(&second), "{from} to {to}: blocked for the same reasons");
            let re_cut = matches!(from, "sandbox" | "development") != matches!(to, "sandbox" | "development");
            assert_eq!(first.blocked.iter().filter(|blocked| is_dev(&blocked.address)).count(), usize::from(re_cut), "{from} to {to}");
            if re_cut {
                let in_network =
                    |address: &landfall::address::Address| is_dev(address) && !["backup-vault", "log-retention"].contains(&address.kind());
                assert!(first.steps.iter().all(|step| !in_network(&step.address)), "{from} to {to}: {:?}", first.view().steps);
                assert_eq!(bought().await, before, "{from} to {to}: nothing is bought");
            }
        }
    }
}
