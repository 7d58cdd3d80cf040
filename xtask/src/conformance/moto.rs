//! The moto of conformance: its version, and what is corrected and added.

use super::server::Emulator;
use crate::python::Packages;

/// The moto that the tests' expectations were read from. Pinned, because each release of moto answers some calls
/// differently; a raise is a change of its own, with the tests it moves.
pub(super) const PACKAGES: Packages = Packages { what: "moto 5.2.5", locked: include_str!("requirements.lock") };

/// moto as a server.
pub(super) const MOTO: Emulator = Emulator { name: "moto", program: PROGRAM, settings: &SETTINGS, look: "/moto-api/config" };

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
