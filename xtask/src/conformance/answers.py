"""Writes answers that AWS may send, from botocore's models of its services: the responder of `cargo xtask conformance`.

Reads lines `PROTOCOL/SERVICE/OPERATION`, and prints a JSON list of {call, case, text}. The cases of an operation: every member of its answer
("all"), enumerations with a value of tomorrow ("tomorrow"), lists and maps without items ("empty"), no member at all ("none"), and every
member but one ("without PATH"). Each text of the first three is read back by botocore itself, so that it is one of AWS's.
"""

import base64, datetime, json, sys
from xml.sax.saxutils import escape
import botocore.loaders, botocore.model, botocore.parsers

WHEN = datetime.datetime(2026, 11, 28, 7, 0, 0, tzinfo=datetime.timezone.utc)
LOADER = botocore.loaders.Loader()
# Numbers that are ids: their members have no pattern in the models.
IDS = {"VpcId": "vpc", "SubnetId": "subnet", "RouteTableId": "rtb", "InternetGatewayId": "igw", "NatGatewayId": "nat", "AllocationId": "eipalloc",
       "NetworkAclId": "acl", "GroupId": "sg", "FlowLogId": "fl", "VpcEndpointId": "vpce", "NetworkInterfaceId": "eni"}
NUMBERS = {"integer": 7, "long": 7_000_000_000, "double": 7.5, "float": 7.5}


def model(service_id):
    for name in LOADER.list_available_services("service-2"):
        found = LOADER.load_service_model(name, "service-2")
        if found["metadata"].get("serviceId") == service_id:
            return botocore.model.ServiceModel(found, name)
    raise SystemExit(f"botocore has no service {service_id}")


def text(name, shape, case):
    if shape.enum:
        return "tomorrow" if case == "tomorrow" else shape.enum[0]
    if name in IDS:
        return IDS[name] + "-0123456789abcdef0"
    if name.endswith(("Account", "AccountId", "OwnerId", "AccountID", "UserId")):
        return "111122223333"
    if name.lower().endswith("arn"):
        return "arn:aws:service:eu-west-1:111122223333:thing/name"
    if name.lower().endswith(("cidrblock", "cidr", "cidrip")):
        return "10.0.0.0/16"
    return "text" if shape.metadata.get("min", 0) <= 4 else "text".ljust(shape.metadata["min"], "x")


def value(name, shape, case, path, skip, seen):
    kind = shape.type_name
    if kind == "structure":
        here = {}
        for member, inner in shape.members.items():
            at = f"{path}.{member}" if path else member
            if at != skip and inner.name not in seen and inner.serialization.get("location") not in ("header", "headers", "statusCode"):
                here[member] = value(member, inner, case, at, skip, seen | {shape.name})
        return here
    if kind == "list":
        one = shape.member
        return [] if case == "empty" or one.name in seen else [value(name.removesuffix("s"), one, case, path, skip, seen | {shape.name})] * 2
    if kind == "map":
        return {} if case == "empty" else {text("key", shape.key, case): value(name, shape.value, case, path, skip, seen | {shape.name})}
    return {"boolean": True, "timestamp": WHEN, "blob": b"bytes"}.get(kind, NUMBERS.get(kind)) if kind != "string" else text(name, shape, case)


def plain(shape, item, of_json):
    if isinstance(item, datetime.datetime):
        form = shape.serialization.get("timestampFormat", "unixTimestamp" if of_json else "iso8601")
        return item.timestamp() if form == "unixTimestamp" else item.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return base64.b64encode(item).decode() if isinstance(item, bytes) else item


def to_json(shape, item):
    if shape.type_name == "structure":
        return {shape.members[m].serialization.get("name", m): to_json(shape.members[m], inner) for m, inner in item.items()}
    if shape.type_name == "list":
        return [to_json(shape.member, inner) for inner in item]
    if shape.type_name == "map":
        return {key: to_json(shape.value, inner) for key, inner in item.items()}
    return plain(shape, item, True)


def to_xml(name, shape, item):
    wrap = lambda inner: f"<{name}>{inner}</{name}>"
    if shape.type_name == "structure":
        return wrap("".join(to_xml(shape.members[m].serialization.get("name", m), shape.members[m], inner) for m, inner in item.items()))
    if shape.type_name in ("list", "map"):
        flat = shape.serialization.get("flattened")
        if shape.type_name == "list":
            one = name if flat else shape.member.serialization.get("name", "member")
            inner = "".join(to_xml(one, shape.member, each) for each in item)
        else:
            pair = lambda k, v: to_xml(shape.key.serialization.get("name", "key"), shape.key, k) + to_xml(shape.value.serialization.get("name", "value"), shape.value, v)
            inner = "".join(f"<entry>{pair(k, v)}</entry>" for k, v in item.items())
        return inner if flat else wrap(inner)
    found = plain(shape, item, False)
    return wrap(str(found).lower() if isinstance(found, bool) else escape(str(found)))


def body(protocol, service, operation, item):
    shape = operation.output_shape
    if protocol in ("json", "rest-json"):
        return json.dumps(to_json(shape, item)) if shape else ("{}" if protocol == "json" else "")
    inner = "".join(to_xml(shape.members[m].serialization.get("name", m), shape.members[m], v) for m, v in item.items()) if shape else ""
    space = f' xmlns="{service.metadata.get("xmlNamespace", "urn:any")}"'
    if protocol == "ec2":
        return f"<{operation.name}Response{space}><requestId>r-1</requestId>{inner}</{operation.name}Response>"
    result = shape.serialization.get("resultWrapper", f"{operation.name}Result") if shape else f"{operation.name}Result"
    return f"<{operation.name}Response{space}><{result}>{inner}</{result}><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></{operation.name}Response>"


def paths(shape, path="", seen=frozenset()):
    if shape.type_name == "structure" and shape.name not in seen:
        for member, inner in shape.members.items():
            at = f"{path}.{member}" if path else member
            yield at
            yield from paths(inner, at, seen | {shape.name})
    elif shape.type_name in ("list", "map") and shape.name not in seen:
        yield from paths(shape.member if shape.type_name == "list" else shape.value, path, seen | {shape.name})


def check(protocol, operation, case, item, written):
    parser = botocore.parsers.create_parser(protocol)
    read = parser.parse({"body": written.encode(), "headers": {}, "status_code": 200}, operation.output_shape)
    read.pop("ResponseMetadata", None)
    missing = lambda a, b: {k: v for k, v in a.items() if v not in ({}, []) and b.get(k) != v}
    if operation.output_shape and (wrong := missing(item, read)) and not operation.output_shape.serialization.get("payload"):
        raise SystemExit(f"botocore reads {operation.name} ({case}) otherwise: {wrong} as {read}")


answers, models = [], {}
for line in sys.stdin.read().splitlines():
    protocol, service_id, name = line.split("/")
    service = models.setdefault(service_id, None) or model(service_id)
    models[service_id] = service
    operation = service.operation_model(name)
    shape = operation.output_shape
    make = lambda case, skip=None: value("", shape, case, "", skip, frozenset()) if shape else {}
    add = lambda case, item: answers.append({"call": line, "case": case, "text": body(protocol, service, operation, item)})
    for case in ("all", "tomorrow", "empty"):
        item = make(case)
        add(case, item)
        check(protocol, operation, case, item, answers[-1]["text"])
    add("none", {})
    for skip in paths(shape) if shape else ():
        add(f"without {skip}", make("all", skip))
print(json.dumps(answers))
