//! One moto server on a loopback port: started, waited for, and ended when it is dropped.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::step::{self, Failure};

/// The range of ports: below 32768, where Linux begins to assign ports to outgoing connections, one of which could take the port
/// between the check and the start.
const PORTS: Range<u16> = 20_000..32_768;

/// How often another port is tried when the server ends before it answers, as it does when its port is taken.
const ATTEMPTS: u32 = 3;

/// How long a server may take until it answers: it needs one to two seconds, and a busy machine many times that.
const START_LIMIT: Duration = Duration::from_mins(1);

/// The timeout of one check of a starting server.
const LOOK_LIMIT: Duration = Duration::from_secs(5);

/// How long to wait between two checks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How many lines of the server's log a failure shows.
const LOG_LINES: usize = 20;

/// Starts `moto_server`, and ends it when stdin ends: then it cannot outlive this process, however that is killed.
///
/// Six things of it are corrected on the way. moto names the root of some answers of S3 after the operation, as AWS does not: its
/// usual client, boto3, never reads that name; AWS's own Rust client refuses the answer. It takes a flow log's destination, bucket
/// and folder, for the name of a bucket. It knows no condition of a bucket's policy: one that denies plain HTTP would deny every
/// reader and writer of objects (landfall's lock is the first), so that these policies are kept but not asked. Its details of
/// an account leave out the names of policies. It knows the names of a few service-linked roles only. And it does not know the types of
/// policies that AWS added last.
///
/// Four things that it lacks are added: central root access, with its trusted access, service settings, account policies of logs, and of
/// budgets the list of all notifications and the update. moto writes their answers by botocore's shapes, so that landfall's types read what
/// AWS may send; what they do is as simple as it can be.
const PROGRAM: &str = "\
import os, sys, threading
from moto.core.serialize import S3Serializer
ROOTS = {
    'GetBucketLifecycleConfiguration': 'LifecycleConfiguration',
    'GetBucketLogging': 'BucketLoggingStatus',
    'GetBucketTagging': 'Tagging',
    'GetBucketVersioning': 'VersioningConfiguration',
    'ListBuckets': 'ListAllMyBucketsResult',
    'ListObjectsV2': 'ListBucketResult',
}
plain = S3Serializer._serialized_result_to_response
def named(self, resp, result, shape, serialized):
    resp = plain(self, resp, result, shape, serialized)
    name = self.operation_model.name
    if name in ROOTS and isinstance(resp['body'], str):
        resp['body'] = resp['body'].replace(name + 'Response', ROOTS[name])
    return resp
S3Serializer._serialized_result_to_response = named
from moto.iam.access_control import PermissionResult
from moto.iam.models import ManagedPolicy
ManagedPolicy.policy_name = property(lambda self: self.name)
from moto.iam import models as iam
ROLES = {'ecs': 'ECS', 'elasticloadbalancing': 'ElasticLoadBalancing', 'rds': 'RDS'}
iam.SERVICE_NAME_CONVERSION.update(ROLES)
from moto.s3.models import FakeBucket, S3Backend
FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL
whole = S3Backend.get_bucket
S3Backend.get_bucket = lambda self, bucket_name: whole(self, bucket_name.split('/')[0])
from moto.organizations import models as organizations
NEWER = ['BACKUP_POLICY', 'DECLARATIVE_POLICY_EC2', 'S3_POLICY']
organizations.FakeRoot.SUPPORTED_POLICY_TYPES.extend(NEWER)
organizations.FakePolicy.SUPPORTED_POLICY_TYPES.extend(NEWER)
organizations.FakeServiceAccess.TRUSTED_SERVICES.extend(['ec2.amazonaws.com', 'iam.amazonaws.com'])
begin = organizations.FakePolicy.__init__
def of_any_type(self, organization, **given):
    begin(self, organization, **(dict(given, Type='TAG_POLICY') if given.get('Type') in NEWER else given))
    self.type = given.get('Type', '')
organizations.FakePolicy.__init__ = of_any_type
from moto.core.responses import ActionResult, EmptyResult
from moto.iam.responses import IamResponse
from moto.ssm.responses import SimpleSystemManagerResponse
def features(response):
    return vars(response.backend).setdefault('features', set())
def list_features(self):
    return ActionResult({'OrganizationId': 'o-0123456789', 'EnabledFeatures': sorted(features(self))})
def turn(change, feature):
    def turned(self):
        change(features(self), feature)
        return list_features(self)
    return turned
IamResponse.list_organizations_features = list_features
IamResponse.enable_organizations_root_credentials_management = turn(set.add, 'RootCredentialsManagement')
IamResponse.enable_organizations_root_sessions = turn(set.add, 'RootSessions')
IamResponse.disable_organizations_root_sessions = turn(set.discard, 'RootSessions')
def service_settings(response):
    return vars(response.ssm_backend).setdefault('service_settings', {})
def get_service_setting(self):
    setting = self._get_param('SettingId')
    value = service_settings(self).get(setting, 'Enable')
    return ActionResult({'ServiceSetting': {'SettingId': setting, 'SettingValue': value}})
def update_service_setting(self):
    service_settings(self)[self._get_param('SettingId')] = self._get_param('SettingValue')
    return EmptyResult()
SimpleSystemManagerResponse.get_service_setting = get_service_setting
SimpleSystemManagerResponse.update_service_setting = update_service_setting
from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.responses import LogsResponse
def account_policies(response):
    return vars(response.logs_backend).setdefault('account_policies', {})
def describe_account_policies(self):
    name = self._get_param('policyName')
    if name not in account_policies(self):
        raise ResourceNotFoundException('The specified policy does not exist.')
    return ActionResult({'accountPolicies': [account_policies(self)[name]]})
def put_account_policy(self):
    members = ['policyName', 'policyDocument', 'policyType', 'scope']
    policy = {member: self._get_param(member) for member in members}
    account_policies(self)[policy['policyName']] = policy
    return ActionResult({'accountPolicy': policy})
LogsResponse.describe_account_policies = describe_account_policies
LogsResponse.put_account_policy = put_account_policy
from moto.budgets.responses import BudgetsResponse
def budget_notifications(self):
    budgets = self.backend.budgets[self._get_param('AccountId')]
    each = [{'BudgetName': name, 'Notifications': list(of.get_notifications())} for name, of in budgets.items()]
    return ActionResult({'BudgetNotificationsForAccount': each})
def update_budget(self):
    new = self._get_param('NewBudget')
    known = self.backend.budgets[self._get_param('AccountId')][new['BudgetName']]
    known.budget = dict(known.budget, **new)
    return EmptyResult()
BudgetsResponse.describe_budget_notifications_for_account = budget_notifications
BudgetsResponse.update_budget = update_budget
def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end_with_parent, daemon=True).start()
from moto.server import main
main(sys.argv[1:])
";

/// Settings of moto. Without the first, AWS's own policies (`arn:aws:iam::aws:policy/…`) do not exist; the second
/// leaves out a catalogue of machine images, which landfall never reads and which slows the start.
const SETTINGS: [(&str, &str); 2] = [("MOTO_IAM_LOAD_MANAGED_POLICIES", "true"), ("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")];

/// A running moto server; it ends when this value is dropped.
pub(super) struct Server {
    // Holds the other end of the server's stdin as well; see `PROGRAM`.
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    ///
    /// When it does not answer; the failure carries the end of its log.
    pub(super) fn start(python: &Path, directory: &Path) -> Result<Self, Failure> {
        let mut last = Failure("moto was not started".to_owned());
        for attempt in 0..ATTEMPTS {
            let mut server = Self::spawn(python, directory, free_port(attempt)?)?;
            match server.wait() {
                Started::Yes => return Ok(server),
                Started::Ended(failure) => last = failure,
                Started::Silent(failure) => return Err(failure),
            }
        }
        Err(last)
    }

    /// Returns the address for `AWS_ENDPOINT_URL` and the like.
    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until the server ends by itself, and returns how it did; its log stays.
    pub(super) fn ended(mut self) -> Failure {
        loop {
            // Not `wait`: that would close the server's stdin, and so end it.
            match self.child.try_wait() {
                Ok(None) => step::pause(LOOK_AGAIN),
                Ok(Some(status)) => return self.failure(&format!("moto ended with {status}")),
                Err(error) => return Failure(format!("cannot wait for moto: {error}")),
            }
        }
    }

    /// Ends the server. Its log is removed when the tests have passed, and named otherwise.
    pub(super) fn end(self, passed: bool) {
        if passed {
            // A log that is left behind does no harm.
            let _ = fs::remove_file(&self.log);
        } else {
            eprintln!("    moto's log: {}", self.log.display());
        }
    }

    fn spawn(python: &Path, directory: &Path, port: u16) -> Result<Self, Failure> {
        let path = directory.join(format!("moto-{port}.log"));
        let log = File::create(&path).map_err(|error| Failure::io("create", &path, &error))?;
        let log_too = log.try_clone().map_err(|error| Failure::io("open", &path, &error))?;
        let mut command = Command::new(python);
        command.args(["-c", PROGRAM, "-H", "127.0.0.1", "-p", &port.to_string()]);
        command.stdin(Stdio::piped()).stdout(log).stderr(log_too);
        for (name, _) in std::env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("MOTO_") || shown.starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command.envs(SETTINGS);
        let child = command.spawn().map_err(|error| Failure::io("run", python, &error))?;
        Ok(Self { child, port, log: path })
    }

    fn wait(&mut self) -> Started {
        let started = step::now();
        while started.elapsed() < START_LIMIT {
            let answered = answers(self.port);
            // Checked after the answer: if the child is gone, another server has answered on this port.
            match self.child.try_wait() {
                Ok(None) if answered => return Started::Yes,
                Ok(None) => step::pause(LOOK_AGAIN),
                Ok(Some(status)) => return Started::Ended(self.failure(&format!("moto ended with {status} before it answered"))),
                Err(error) => return Started::Silent(Failure(format!("cannot wait for moto: {error}"))),
            }
        }
        Started::Silent(self.failure(&format!("moto did not answer within {} s", START_LIMIT.as_secs())))
    }

    fn failure(&self, what: &str) -> Failure {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        Failure(format!("{what}; the end of {}:\n{end}", self.log.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the server has already ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How the start of a server went.
enum Started {
    Yes,
    Ended(Failure),
    Silent(Failure),
}

/// Returns a free loopback port; concurrent runs start at different places.
fn free_port(attempt: u32) -> Result<u16, Failure> {
    let size = PORTS.end - PORTS.start;
    // A prime step spreads neighbouring process ids over the range.
    let offset = std::process::id().wrapping_mul(7_919).wrapping_add(attempt) % u32::from(size);
    let offset = u16::try_from(offset).expect("it is smaller than the size of the range");
    (0..size)
        .map(|tried| PORTS.start + (offset + tried) % size)
        .find(|&port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        .ok_or_else(|| Failure(format!("no free port from {} to {} on 127.0.0.1", PORTS.start, PORTS.end - 1)))
}

/// Returns whether a server answers on the port with success.
fn answers(port: u16) -> bool {
    let look = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), LOOK_LIMIT)?;
        stream.set_read_timeout(Some(LOOK_LIMIT))?;
        stream.write_all(b"GET /moto-api/config HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        // moto answers 201 here; any success will do.
        let mut head = [0; "HTTP/1.1 2".len()];
        stream.read_exact(&mut head)?;
        Ok(head.starts_with(b"HTTP/1.") && head.ends_with(b" 2"))
    };
    look().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    #[test]
    fn a_taken_port_is_passed_over() {
        let first = free_port(0).expect("some port is free");
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, first));
        let second = free_port(0).expect("another port is free");
        assert!(held.is_err() || first != second);
        assert!(PORTS.contains(&first) && PORTS.contains(&second));
    }

    #[test]
    fn only_an_answer_of_success_counts() {
        let answer = |text: &'static [u8]| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a port");
            let port = listener.local_addr().expect("it is bound").port();
            let peer = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().expect("the look connects");
                // Read to its end: closing with unread bytes would reset the connection and lose the answer.
                let request = BufReader::new(&stream).lines().map_while(Result::ok);
                assert!(request.take_while(|line| !line.is_empty()).count() > 0);
                stream.write_all(text).expect("the look listens");
            });
            let answered = answers(port);
            peer.join().expect("the peer is done");
            answered
        };
        assert!(answer(b"HTTP/1.1 201 CREATED\r\n\r\n"));
        assert!(!answer(b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\n\r\n"));
        assert!(!answer(b"SSH-2.0-something\r\n"));
    }
}
