//! Every key of the manifest: its name, its meaning and its type.
//!
//! The parser refuses keys that are not here; hints and the JSON Schema are made from it. Rules between keys are in the checks.

use crate::model::EndpointService;
use crate::name::KEY_MAX;
use crate::written::shape::{Key, LIST, Shape, TEXT, matching, never_empty, optional, required, sections};

const KEY_PATTERN: &str = "^[a-z]([a-z0-9-]*[a-z0-9])?$";
const DURATION_PATTERN: &str = "^[0-9]+[smhdy]$";
const ROLE_PATTERN: &str = "^[A-Za-z0-9_+=,.@-]{1,64}$";
const REGION_PATTERN: &str = "^[a-z]+(-[a-z]+)+-[0-9]+$";
const _: () = assert!(KEY_MAX == 30, "the descriptions below say 30");

/// The whole file.
pub(super) const FILE: &[Key] = &[
    required("schema", Shape::Number { least: 1, most: 1 }, "the manifest's format: 1"),
    required("organization", Shape::Section(ORGANIZATION), "the organization as a whole"),
    optional(
        "environments",
        sections(KEY_PATTERN, ENVIRONMENT),
        "named stages such as dev, staging and prod; a name has a-z, 0-9 and single hyphens, at most 30",
    ),
    optional(
        "units",
        sections("^[A-Za-z0-9 _.:=+@/-]+$", UNIT),
        "organizational units by path, such as \"Workloads/Production\", at most five deep",
    ),
    optional(
        "accounts",
        sections(KEY_PATTERN, ACCOUNT),
        "accounts beyond those of the environments, and settings of an environment's account; keys like those of environments",
    ),
    optional(
        "workloads",
        sections(KEY_PATTERN, WORKLOAD),
        "workloads with an account of their own in each listed environment, which then has none of its own; names like those of environments",
    ),
    optional(
        "apps",
        sections("^[a-z][a-z0-9-]*[a-z0-9]$", APP),
        "the company's own programs, whose settings and secrets landfall keeps; a name has a-z, 0-9 and single hyphens, 2 to 20",
    ),
    optional("access", Shape::Section(ACCESS), "who may assume the shipped roles"),
    optional("guardrails", Shape::Section(GUARDRAILS), "what the shipped guardrails leave open"),
    optional("baseline", Shape::Section(BASELINE), "what every account has, unless its environment or its own section says otherwise"),
    optional(
        "contacts",
        Shape::Section(CONTACTS),
        "whom AWS tells what concerns an account, in every account, besides its root user's mailbox",
    ),
    optional("security", Shape::Section(SECURITY), "who is trusted outside the organization"),
    optional("roles", sections(ROLE_PATTERN, ROLE), "further cross-account roles; a name has A-Z, a-z, 0-9 and _+=,.@-, at most 64"),
    optional("audit", Shape::Section(AUDIT), "the organization-wide audit trail"),
    optional("delivery", Shape::Section(DELIVERY), "what there is for the tools that deploy"),
    optional("monitoring", Shape::Section(MONITORING), "who gets mail about what"),
    optional(
        "budgets",
        Shape::Amounts,
        "US dollars a month, 0.01 to 100000000, of an environment (all its accounts), an account, or `organization`, such as prod = 1500; mails at 80 and 100 %",
    ),
];

/// `[organization]`.
pub(super) const ORGANIZATION: &[Key] = &[
    required(
        "name",
        matching("^[a-z][a-z0-9-]*[a-z0-9]$"),
        "prefix of everything that needs a global name; 2 to 20 of a-z, 0-9 and single hyphens; cannot change later",
    ),
    required(
        "email",
        matching("^[^{}]*\\{account\\}[^{}]*$"),
        "e-mail of each account's root user, with {account} exactly once for the account's key, such as \"aws+{account}@example.com\"",
    ),
    required(
        "region",
        matching(REGION_PATTERN),
        "home Region: trail, log archive, networks, STS; never an opt-in Region; cannot change later",
    ),
    required("regions", LIST, "Regions that guardrail limit-regions allows; the home Region must be among them"),
    optional(
        "access_role",
        matching(ROLE_PATTERN),
        "role that the management account assumes to enter a new account; default OrganizationAccountAccessRole",
    ),
];

/// `[environments.X]`.
pub(super) const ENVIRONMENT: &[Key] = &[
    required(
        "tier",
        Shape::Choice(&["sandbox", "development", "staging", "production"]),
        "set of defaults: sandbox, development, staging or production",
    ),
    optional("follows", matching(KEY_PATTERN), "the environment that comes before this one in the order of promotion"),
    optional("unit", TEXT, "path of the unit its accounts belong in, such as \"Workloads/Production\", instead of the tier's"),
    optional(
        "guardrails",
        LIST,
        "guardrails beyond base, instead of the tier's: base, strict, suspended or JSON files relative to the manifest",
    ),
    optional(
        "log_retention",
        matching(DURATION_PATTERN),
        "how long flow logs are kept, in whole days such as \"30d\" or \"1y\", instead of the tier's",
    ),
    optional("network", Shape::Section(NETWORK), "the network of its accounts; without it there is no VPC"),
    optional("baseline", Shape::Section(BASELINE), "what its accounts have instead of the file's `[baseline]`"),
];

/// `[environments.X.network]`.
pub(super) const NETWORK: &[Key] = &[
    CIDR,
    optional(
        "part",
        Shape::Number { least: 16, most: 28 },
        "prefix length of each workload account's part of the block, 16 to 28; default 20",
    ),
    AZS,
    NAT,
    SUBNETS,
    FLOW_LOG_INTERVAL,
    ENDPOINTS,
];

/// `[accounts.X.network]`: the block is the account's alone, so it has no parts.
pub(super) const ACCOUNT_NETWORK: &[Key] = &[CIDR, AZS, NAT, SUBNETS, FLOW_LOG_INTERVAL, ENDPOINTS];

const CIDR: Key = required(
    "cidr",
    matching("^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+/[0-9]+$"),
    "address block, /16 to /28 of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, that overlaps no other of this file",
);
const AZS: Key = optional("azs", Shape::Number { least: 1, most: 6 }, "number of availability zones, 1 to 6, instead of the tier's");
const NAT: Key =
    optional("nat", Shape::Choice(&["none", "single", "per-az"]), "NAT gateways: none, single or per-az, instead of the tier's");
const SUBNETS: Key = optional(
    "subnets",
    Shape::List { choices: &["public", "private", "isolated"], empty: None },
    "subnets in each availability zone: public, private, isolated, instead of the tier's",
);
const FLOW_LOG_INTERVAL: Key = optional(
    "flow_log_interval",
    matching(DURATION_PATTERN),
    "aggregation interval of flow logs: \"60s\" or \"600s\", instead of the tier's",
);

const ENDPOINTS: Key = optional(
    "endpoints",
    Shape::List { choices: EndpointService::NAMES, empty: None },
    "services of AWS reached by interface endpoints, each billed by the hour in each zone (docs/COST.md); default none",
);

/// `[units.X]`.
pub(super) const UNIT: &[Key] = &[
    optional(
        "guardrails",
        LIST,
        "guardrails attached to it, added to the tier's: base, strict, suspended or JSON files relative to the manifest",
    ),
    optional("adopt", Shape::Flag, "whether an existing unit of this name that landfall did not make may be taken over; default false"),
];

/// `[accounts.X]`.
pub(super) const ACCOUNT: &[Key] = &[
    optional("environment", matching(KEY_PATTERN), "the environment it belongs to, which decides its unit"),
    optional("unit", TEXT, "path of the unit it belongs in, for an account of no environment"),
    optional("email", TEXT, "e-mail of its root user, 6 to 64 characters, instead of the organization's template"),
    optional("id", matching("^[0-9]{12}$"), "12-digit id of an account that already is in the organization, to adopt it"),
    optional("tags", Shape::Map, "tags of your own: at most 40, letters, digits, spaces and _.:/=+-@"),
    optional(
        "alias",
        matching("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"),
        "its alias for the sign-in page, unique in all of AWS, such as \"acme-prod\"",
    ),
    optional("access_role", matching(ROLE_PATTERN), "role that the management account first assumes in it, instead of the organization's"),
    optional("network", Shape::Section(ACCOUNT_NETWORK), "its network; without it there is no VPC"),
    optional("baseline", Shape::Section(BASELINE), "what it has instead of its environment's and the file's `[baseline]`"),
];

/// The keys of `[accounts.KEY]` for an account that the manifest has without it: the log archive, and those of environments and
/// workloads. The rest follows from its origin.
pub(super) const REFINING_KEYS: &[&str] = &["email", "id", "tags", "alias", "access_role", "baseline"];

/// `[workloads.X]`.
pub(super) const WORKLOAD: &[Key] = &[required(
    "environments",
    LIST,
    "environments in which it has an account, called NAME-ENVIRONMENT, instead of the environment's own, which leaves the manifest if it exists",
)];

/// `[access]`.
pub(super) const ACCESS: &[Key] = &[
    optional("administrators", never_empty("no principal"), "principals that provisioner is narrowed to; default: the management account"),
    optional(
        "operators",
        never_empty("no principal"),
        "principals that may assume deployer outside production, and reader everywhere; default: reader the management account, deployer none",
    ),
    optional("pipelines", LIST, "principals that may assume deployer, in production with a reason"),
    optional("auditors", never_empty("no principal"), "principals that may assume auditor; default: the management account"),
    optional(
        "planners",
        LIST,
        "principals of the management account that may assume auditor too, for `landfall plan --as auditor`: a job that shows plans",
    ),
    optional("break_glass", LIST, "IAM users of the management account that may assume break-glass, by ARN"),
    optional("github", LIST, "repositories whose workflows may assume deployer: OWNER/REPO or OWNER@ID/REPO@ID"),
    optional(
        "refs",
        never_empty("no ref"),
        "git refs whose workflows may deploy to production, such as \"refs/heads/main\" (the default) or \"refs/tags/v*\"",
    ),
    optional(
        "protected_roles",
        LIST,
        "roles that deployers may neither change nor pass on, such as \"AWSControlTowerExecution\" or \"stacksets-exec-*\"",
    ),
    optional("protected_policies", LIST, "customer managed policies that deployers may not change, by name"),
    optional(
        "trust_policy_length",
        Shape::Number { least: 2048, most: 8192 },
        "IAM's quota \"Role trust policy length\" in the accounts, where it was raised; default 2048",
    ),
    optional("index", never_empty("no account"), "accounts in which the index of environments is published; default: management"),
];

/// `[guardrails]`.
pub(super) const GUARDRAILS: &[Key] = &[
    optional(
        "identity_providers",
        Shape::Flag,
        "whether accounts may make OpenID Connect providers other than GitHub's, such as an EKS cluster's; default false",
    ),
    optional(
        "inference_profiles",
        Shape::Flag,
        "whether Bedrock inference profiles may send requests to Regions outside `regions`; default false",
    ),
    optional("exempt_actions", LIST, "actions that limit-regions leaves alone, such as \"wellarchitected:*\""),
];

/// `[baseline]`, and those of environments and accounts.
pub(super) const BASELINE: &[Key] = &[
    optional("public_buckets", Shape::Flag, "whether S3 buckets may be public; default false"),
    optional("public_images", Shape::Flag, "whether AMIs and EBS snapshots may be shared with everyone; default false"),
    optional("default_vpcs", Shape::Flag, "whether the VPC that AWS makes in each Region stays; default false"),
    optional(
        "log_group_retention",
        matching("^([0-9]+[dy]|forever)$"),
        "how long new log groups of CloudWatch Logs keep events: \"30d\" to \"3653d\" in AWS's steps, or \"forever\", instead of the tier's",
    ),
    optional(
        "backup",
        matching("^([0-9]+[dy]|none)$"),
        "how long daily backups of what has the tag backup = daily are kept, such as \"35d\", or \"none\", instead of the tier's",
    ),
    optional(
        "backup_copy",
        matching("^([a-z]+(-[a-z]+)+-[0-9]+|none)$"),
        "second Region of `regions` to which each daily backup is copied, or \"none\"; default \"none\"",
    ),
    optional(
        "vpc_block_public_access",
        Shape::Choice(&["off", "block-ingress", "block-bidirectional"]),
        "what its VPCs are cut off from: \"block-ingress\" leaves only what NAT gateways send, \"block-bidirectional\" nothing; default \"off\"",
    ),
];

/// `[contacts]`.
pub(super) const CONTACTS: &[Key] = &[
    optional("security", Shape::Section(CONTACT), "whom AWS tells about abuse, stolen keys and vulnerabilities"),
    optional("billing", Shape::Section(CONTACT), "whom AWS tells about bills"),
    optional("operations", Shape::Section(CONTACT), "whom AWS tells about the health of its services"),
];

/// `[contacts.X]`: everything that AWS demands of one.
pub(super) const CONTACT: &[Key] = &[
    required("name", TEXT, "name of a person or team, at most 64 characters"),
    required("title", TEXT, "title of that person or team, at most 50 characters"),
    required("email", matching("^\\S+@\\S+\\.\\S+$"), "e-mail address, at most 254 characters"),
    required("phone", matching("^[0-9 ()+-]{1,25}$"), "phone number of digits, spaces and +-(), at most 25 characters"),
];

/// `[security]`.
pub(super) const SECURITY: &[Key] = &[optional(
    "trusted_accounts",
    LIST,
    "accounts of others that the guardrails data-perimeter and s3-perimeter let through, by id, such as a vendor's",
)];

/// `[roles.X]`.
pub(super) const ROLE: &[Key] = &[
    required("environments", LIST, "environments whose accounts have it"),
    required("trust", LIST, "principals that may assume it: account/KEY, account/KEY/role/NAME, an IAM ARN, sso:NAME or github:OWNER/REPO"),
    required("policies", LIST, "ARNs of its managed policies, such as \"arn:aws:iam::aws:policy/ReadOnlyAccess\""),
    optional("session", matching(DURATION_PATTERN), "its longest session, \"1h\" to \"12h\"; default \"1h\""),
    optional("writes", Shape::Flag, "whether it writes, and so needs a reason in production; default true"),
];

/// `[apps.X]`.
pub(super) const APP: &[Key] = &[
    optional("environments", LIST, "environments that have it; default: all but those of tier sandbox"),
    optional("workload", TEXT, "workload whose account it has in each environment; default: the one of its name, if there is one"),
    optional("github", LIST, "repositories whose workflows may set its values: OWNER/REPO or OWNER@ID/REPO@ID"),
];

/// `[audit]`.
pub(super) const AUDIT: &[Key] = &[optional(
    "retention",
    matching(DURATION_PATTERN),
    "how long the audit log is kept, in whole days such as \"365d\" or \"7y\"; default \"7y\"",
)];

/// `[delivery]`.
pub(super) const DELIVERY: &[Key] = &[optional(
    "terraform",
    Shape::Flag,
    "whether each account that role deployer deploys to has a bucket for Terraform's state; default false",
)];

/// `[monitoring]`.
pub(super) const MONITORING: &[Key] = &[
    optional("urgent", LIST, "e-mail addresses that get what has to be acted on at once; each confirms once, by a link in AWS's mail"),
    optional("money", LIST, "e-mail addresses that get what is about money: budgets; each confirms once, by a link in AWS's mail"),
];
