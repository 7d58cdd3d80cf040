//! Kept worlds, damaged worlds, and served worlds.

use std::io::{Read as _, Write as _};

use aws_smithy_async::rt::sleep::AsyncSleep as _;

use super::*;
use crate::simulator::{WorldError, serve};

async fn populated() -> (Simulator, String) {
    let simulator = realistic();
    let admin = Clients::administrator(&simulator);
    let root = admin.organize().await;
    admin.unit(&root, "Workloads").await;
    let address = admin.ec2("AllocateAddress", &[]).await.expect("an address").text("allocationId").expect("an id");
    tokio::time::sleep(crate::simulator::FINALIZING).await;
    let asked = admin.ask_for_account("prod").await;
    admin.iam.create_role().role_name("r").assume_role_policy_document(trust("111111111111")).send().await.expect("a role");
    admin.iam.put_role_policy().role_name("r").policy_name("p").policy_document(policy("Allow", "a:b")).send().await.expect("put");
    admin.iam.create_open_id_connect_provider().url("https://example.com").send().await.expect("a provider");
    admin.ec2("CreateVpc", &[("CidrBlock", "10.0.0.0/16")]).await.expect("a VPC");
    let of_default = admin.ec2("DescribeSubnets", &[]).await.expect("those of the default VPC").each("subnetSet/item").remove(0);
    let (default, subnet) = (of_default.text("vpcId").expect("an id"), of_default.text("subnetId").expect("an id"));
    admin.ec2("CreateNatGateway", &[("SubnetId", &subnet), ("AllocationId", &address)]).await.expect("a gateway");
    let tables = admin.found("DescribeRouteTables", &[("vpc-id", &default)]).await;
    let table = tables.text("routeTableSet/item/routeTableId").expect("an id");
    let endpoint = [("VpcId", default.as_str()), ("ServiceName", "com.amazonaws.eu-west-1.s3"), ("RouteTableId.1", &table)];
    admin.ec2("CreateVpcEndpoint", &endpoint).await.expect("an endpoint");
    json::store_secrets(&admin).await;
    cloudformation::store_stack(&admin).await;
    (simulator, asked.id().expect("an id").to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_world_survives_being_written_down() {
    let (simulator, asked) = populated().await;
    let text = simulator.to_json();
    let restored = Simulator::from_json(&text, Clock::virtual_from).expect("what was written is read");
    assert_eq!(restored.to_json(), text);

    let admin = Clients::administrator(&restored);
    let read = serde_json::json!({ "Name": "/app/key:first", "WithDecryption": true });
    let read = json::Caller::new(&admin, "ssm").done("GetParameter", read).await;
    assert_eq!(read["Parameter"]["Value"], "SECRET-one");
    let before = restored.clock().time_source().now();
    admin.organizations.list_accounts().send().await.expect("accounts");
    assert_eq!(restored.clock().time_source().now(), before, "calls take no virtual time");
    assert_eq!(admin.status(&asked).await.state(), Some(&CreateAccountState::InProgress));
    restored.clock().sleep_impl().sleep(crate::simulator::CREATE_ACCOUNT).await;
    assert_eq!(admin.status(&asked).await.account_id(), Some("222200000001"));
    restored.clock().sleep_impl().sleep(crate::simulator::READINESS).await;
    let member = admin.reach(&restored, "222200000001").await;
    member.iam.get_account_summary().send().await.expect("ready");
}

#[tokio::test(start_paused = true)]
async fn damaged_worlds_are_refused() {
    let (simulator, _) = populated().await;
    let text = simulator.to_json();
    let open = |text: &str| Simulator::from_json(text, Clock::virtual_from);
    assert!(matches!(open(""), Err(WorldError::Damaged(_))));
    assert!(matches!(open("{}"), Err(WorldError::NotAWorld)));
    assert!(matches!(open(&text[..text.len() / 2]), Err(WorldError::Damaged(_))));
    let newer = text.replacen("\"landfall_sandbox\": 1", "\"landfall_sandbox\": 3", 1);
    assert!(matches!(open(&newer), Err(WorldError::Newer { found: 3 })));
    // A text without one of its lines is refused, or gives a world that answers; never a panic.
    let lines: Vec<&str> = text.lines().collect();
    for lost in 0..lines.len() {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(number, _)| *number != lost).map(|(_, line)| *line).collect();
        if let Ok(simulator) = open(&rest.join("\n")) {
            let admin = Clients::administrator(&simulator);
            drop(admin.organizations.list_accounts().send().await);
            drop(admin.iam.list_roles().send().await);
            drop(ask(&admin.config, "cloudformation", "DescribeStacks", &[]).await);
            drop(ask(&admin.config, "cloudformation", "DeleteStack", &[("StackName", "shop")]).await);
            for list in [
                "DescribeSubnets",
                "DescribeRouteTables",
                "DescribeAddresses",
                "DescribeNatGateways",
                "DescribeNetworkInterfaces",
                "DescribeSecurityGroups",
                "DescribeNetworkAcls",
                "DescribeVpcEndpoints",
            ] {
                drop(admin.ec2(list, &[]).await);
            }
        }
    }
}

#[tokio::test]
async fn it_is_served_over_loopback() {
    let simulator = Simulator::new(Options::default(), Clock::wall());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (sender, mut changes) = tokio::sync::mpsc::unbounded_channel();
    simulator.keep(move |change| drop(sender.send(change.line())));
    let serving = tokio::spawn(serve(simulator.clone(), listener, async move { drop(stopped.await) }));

    let body = "Action=CreateRole&Version=2010-05-08&RoleName=r&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%22111111111111%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
    let ask = |more: &str| {
        let head = format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{more}x-amz-security-token: token-of-the-simulated-administrator\r\nauthorization: AWS4-HMAC-SHA256 Credential=ASIASIMULATEDADMIN00/20261124/us-east-1/iam/aws4_request, x\r\n\r\n",
            body.len()
        );
        let asking = tokio::task::spawn_blocking(move || {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            stream.write_all(head.as_bytes()).expect("sent");
            stream.write_all(body.as_bytes()).expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer");
            answer
        });
        async { asking.await.expect("no panic") }
    };
    let answer = ask("").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("<RoleName>r</RoleName>"), "{answer}");
    assert!(changes.try_recv().is_ok_and(|line| line.contains("CreateRole")), "it was kept before the answer left");
    assert!(ask("").await.starts_with("HTTP/1.1 409"), "the role is there");
    assert!(ask("origin: http://evil.example\r\n").await.starts_with("HTTP/1.1 403"));
    stop.send(()).expect("it is running");
    serving.await.expect("no panic").expect("no failure");
}
