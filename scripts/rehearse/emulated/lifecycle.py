"""How does a stack come, change and go? In the background, resource by resource, and back again when one of them fails."""

import time
import traceback

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError

from .resources import importing, made_of, tell
from .template import differences, imports_of, is_replaced

# How long the smallest step takes: long enough to be seen in progress.
STEP = 0.2
_STACK = "AWS::CloudFormation::Stack"


def step(stack, status, reason=None):
    stack.status = status
    tell(stack.stack_id, stack.name, _STACK, status, reason, stack.stack_id)


def run(backend, stack, change_set, creating):
    time.sleep(STEP)
    if change_set.importing:
        importing.add(stack.stack_id)
    try:
        (_create if creating else _update)(backend, stack, change_set)
    except Exception as error:  # whatever goes wrong rolls the stack back, as it would there
        traceback.print_exc()
        _roll_back(stack, change_set, error)
    finally:
        importing.discard(stack.stack_id)
        change_set.execution_status = "EXECUTE_COMPLETE"


def _create(backend, stack, change_set):
    stack.template, stack.parameters = change_set.template, change_set.parameters
    stack._parse_template()
    stack.cross_stack_resources = backend.exports
    stack.resource_map = stack._create_resource_map()
    stack.output_map = stack._create_output_map()
    stack.resource_map.create(stack.template_dict)
    stack.description = stack.template_dict.get("Description")
    _export(backend, stack)
    step(stack, "CREATE_COMPLETE")


def _update(backend, stack, change_set):
    resources, template = stack.resource_map, change_set.template_dict
    before, after, added, changed, removed = differences(stack.template_dict, stack.parameters, template, change_set.parameters)
    gone = {name: resources._resource_json_map[name] for name in removed}
    resources._template, resources.input_parameters = template, change_set.parameters
    resources._resource_json_map = template["Resources"]
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    for name in added:
        _ = resources[name]
    # What is made anew comes first, so that the others learn its new name.
    for name in sorted(changed, key=lambda one: not is_replaced(before[one], after[one])):
        place = (stack.account_id, stack.region_name)
        if after[name]["Type"] == "AWS::EC2::Instance" and is_replaced(before[name], after[name]):
            old = resources._parsed_resources.pop(name)
            made = parsing.parse_and_create_resource(name, template["Resources"][name], resources, *place)
            old.delete(*place)
        else:
            made = parsing.parse_and_update_resource(name, template["Resources"][name], resources, *place)
        resources._parsed_resources[name] = made
    for name, declared in gone.items():
        made = resources._parsed_resources.pop(name, None)
        if made is not None and declared.get("DeletionPolicy") != "Retain":
            resources._delete_resource(made, declared)
    stack.template, stack.parameters = change_set.template, change_set.parameters
    stack._parse_template()
    stack.output_map = stack._create_output_map()
    _export(backend, stack)
    step(stack, "UPDATE_COMPLETE")


def _export(backend, stack):
    for name in [name for name, one in backend.exports.items() if one.exporting_stack_id == stack.stack_id]:
        del backend.exports[name]
    for export in stack.exports:
        if export.name in backend.exports:
            raise ValidationError(message=f"Export with name {export.name} is already exported by another stack.")
        backend.exports[export.name] = export


def _roll_back(stack, change_set, error):
    reason = str(getattr(error, "message", error))
    if change_set.change_set_type == "CREATE":
        step(stack, "ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to create. {reason}")
        time.sleep(STEP)
        _take_apart(stack, {"Retain"})
        step(stack, "ROLLBACK_COMPLETE")
        return
    step(stack, "UPDATE_ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to update. {reason}")
    time.sleep(STEP)
    template, parameters = change_set.before
    stack.resource_map._template, stack.resource_map.input_parameters = template, parameters
    stack.resource_map._resource_json_map = template["Resources"]
    stack.resource_map.load_parameters()
    stack.resource_map.load_conditions()
    step(stack, "UPDATE_ROLLBACK_COMPLETE")


def _take_apart(stack, kept):
    """Removes what is not kept, in the reverse order of how it was made."""
    resources = stack.resource_map
    for made in reversed(made_of(stack)):
        declared = resources._resource_json_map[made.logical_resource_id]
        if declared.get("DeletionPolicy") not in kept:
            resources._delete_resource(made, declared)
            resources._parsed_resources.pop(made.logical_resource_id)


def remove(backend, stack):
    time.sleep(STEP)
    mine = {name for name, one in backend.exports.items() if one.exporting_stack_id == stack.stack_id}
    others = [one for one in backend.stacks.values() if one is not stack and one.template_dict]
    for other in others:
        used = mine & imports_of(other.template_dict, other.parameters)
        if used and other.status != "DELETE_COMPLETE":
            step(stack, "DELETE_FAILED", f"Export {used.pop()} cannot be deleted as it is in use by {other.name}")
            return
    try:
        _take_apart(stack, {"Retain", "RetainExceptOnCreate"})
    except Exception as error:  # told as the stack's reason, as it would be there
        reason = f"The following resource(s) failed to delete. {getattr(error, 'message', error)}"
        step(stack, "DELETE_FAILED", reason)
        return
    step(stack, "DELETE_COMPLETE")
    for name in mine:
        backend.exports.pop(name, None)
    for identity in [key for key, one in backend.change_sets.items() if one.stack is stack]:
        del backend.change_sets[identity]
    backend.stacks.pop(stack.stack_id, None)
    backend.deleted_stacks[stack.stack_id] = stack
