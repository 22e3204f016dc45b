"""How does a stack make, change and remove one resource? Keeps what its properties came to, and tells it as events."""

import copy

from moto.cloudformation import parsing
from moto.cloudformation.models import Event, cloudformation_backends
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends

from .stand_ins import stand_in_for

# Stack id → logical id → what became of it. The checks read it; moto drops many properties.
ledger = {}
# Logical ids that fail when they are made or changed the next time.
failing = {}
# Stacks whose present change set takes in what exists already.
importing = set()

_make_nothing = parsing.resource_class_from_type
_delete_resource = parsing.ResourceMap._delete_resource


class Refused(Exception):
    """The cloud's reason why a resource could not be made."""


def install():
    parsing.resource_class_from_type = lambda kind: _make_nothing(kind) or stand_in_for(kind)
    parsing.parse_and_create_resource = _create
    parsing.parse_and_update_resource = _update
    parsing.ResourceMap._delete_resource = _delete


def tell(stack_id, name, kind, status, reason=None, physical=""):
    """Adds a line to the events of the stack."""
    for region in cloudformation_backends.values():
        for backend in region.values():
            stack = backend.stacks.get(stack_id)
            if stack:
                stack.events.append(Event(stack_id, stack.name, name, physical, kind, status, reason, None))


def made_of(stack):
    """What a stack has made so far, in that order; moto's own list would make the rest."""
    parsed = stack.resource_map._parsed_resources
    return [one for one in parsed.values() if getattr(one, "logical_resource_id", None)]


def _refuse_if_told(name):
    if name in failing:
        raise Refused(failing.pop(name))


def _create(name, resource, resources, account_id, region_name):
    condition = resource.get("Condition")
    if condition and not resources.lazy_condition_map[condition]:
        return None
    kind = resource["Type"]
    model, resolved, physical = parsing.parse_resource_and_generate_name(name, resource, resources)
    # moto's models may change what they are given.
    resolved, record = copy.deepcopy(resolved), resolved
    tell(resources.stack_id, name, kind, "CREATE_IN_PROGRESS")
    try:
        _refuse_if_told(name)
        made = _taken_in(kind, physical, resources.stack_id, account_id, region_name)
        if made is None:
            details = {"LogicalId": name, "StackId": resources.stack_id, "ResourceType": kind}
            made = model.create_from_cloudformation_json(physical, resolved, account_id, region_name, **details)
            _finish(kind, physical, resolved.get("Properties", {}), account_id, region_name)
    except Exception as error:
        tell(resources.stack_id, name, kind, "CREATE_FAILED", str(getattr(error, "message", error)))
        raise
    made.cf_resource_type = kind
    made.logical_resource_id = name
    _record(resources.stack_id, name, record, made)
    tell(resources.stack_id, name, kind, "CREATE_COMPLETE", physical=str(made.physical_resource_id))
    return made


def _update(name, resource, resources, account_id, region_name):
    kind = resource["Type"]
    _, resolved, _ = parsing.parse_resource_and_generate_name(name, resource, resources)
    tell(resources.stack_id, name, kind, "UPDATE_IN_PROGRESS")
    try:
        _refuse_if_told(name)
    except Refused as error:
        tell(resources.stack_id, name, kind, "UPDATE_FAILED", str(error))
        raise
    # moto would replace most things on any change; what counts here is what the properties came to.
    original = resources[name]
    _record(resources.stack_id, name, resolved, original)
    tell(resources.stack_id, name, kind, "UPDATE_COMPLETE", physical=str(original.physical_resource_id))
    return original


def _delete(self, resource, declared):
    name, kind = resource.logical_resource_id, resource.cf_resource_type
    physical = str(resource.physical_resource_id)
    network = ec2_backends[self._account_id][self._region_name]
    # moto's stacks leave these two behind, and then the VPC can't go.
    if kind == "AWS::EC2::RouteTable":
        network.delete_route_table(physical)
    elif kind == "AWS::EC2::VPCEndpoint":
        network.delete_vpc_endpoints([physical])
    else:
        _delete_resource(self, resource, declared)
    ledger.get(self.stack_id, {}).pop(name, None)
    tell(self.stack_id, name, kind, "DELETE_COMPLETE", physical=physical)


def _record(stack_id, name, resolved, made):
    ledger.setdefault(stack_id, {})[name] = {
        **resolved,
        "PhysicalResourceId": str(made.physical_resource_id),
    }


def _taken_in(kind, physical, stack_id, account_id, region_name):
    """A table that outlived its stack is taken in by an importing change set, and refused by any other."""
    if kind != "AWS::DynamoDB::Table":
        return None
    table = dynamodb_backends[account_id][region_name].tables.get(physical)
    if table and stack_id not in importing:
        raise Refused(f"Resource of type '{kind}' with identifier '{physical}' already exists.")
    return table


def _finish(kind, physical, properties, account_id, region_name):
    """What moto's own models leave out and other calls ask for."""
    if kind == "AWS::DynamoDB::Table":
        backend = dynamodb_backends[account_id][region_name]
        backup = properties.get("PointInTimeRecoverySpecification")
        if backup:
            backend.update_continuous_backups(physical, backup)
        if properties.get("TimeToLiveSpecification"):
            backend.update_time_to_live(physical, properties["TimeToLiveSpecification"])
    if kind == "AWS::S3::Bucket" and properties.get("VersioningConfiguration"):
        backend = s3_backends[account_id]["aws"]
        backend.put_bucket_versioning(physical, properties["VersioningConfiguration"]["Status"])
