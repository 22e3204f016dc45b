"""What does CloudFormation answer about stacks? Change sets that say what they would do, protection, outputs only when done."""

import threading

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Change, ChangeSet, CloudFormationBackend, Stack
from moto.cloudformation.responses import CloudFormationResponse
from moto.cloudformation.utils import generate_changeset_id, generate_stack_id
from moto.core.responses import ActionResult
from moto.dynamodb.models import dynamodb_backends

from .lifecycle import remove, run, step
from .resources import made_of
from .template import changed_properties, differences, is_replaced, parameters_of

_UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}
# A change of these stops and starts the instance.
_CONDITIONAL = {"UserData", "InstanceType"}


def install():
    CloudFormationBackend.create_change_set = _create_change_set
    CloudFormationBackend.execute_change_set = _execute_change_set
    CloudFormationBackend.delete_stack = _delete_stack
    CloudFormationResponse.update_termination_protection = _protect
    CloudFormationResponse.validate_template = _validate
    CloudFormationResponse.create_change_set = _with_import(CloudFormationResponse.create_change_set)
    # moto refuses an unchanged update itself; CloudFormation answers with a failed change set.
    CloudFormationResponse._validate_different_update = lambda *_: None
    Stack.stack_resources = property(made_of)
    Stack.outputs = property(_when_complete(Stack.outputs.fget))
    parsing.clean_json = _as_cloudformation_reads(parsing.clean_json)
    ChangeSet.diff = lambda _: []


def live(backend, name):
    """The stack of that name or id which was not deleted."""
    return next((one for one in backend.stacks.values() if name in (one.name, one.stack_id)), None)


def _when_complete(read):
    """Reading outputs makes what they refer to, so a stack that is being made has none yet."""
    return lambda stack: read(stack) if stack.status in _UPDATABLE else None


def _as_cloudformation_reads(clean):
    """Two things that moto reads otherwise: AWS::NoValue in a list, and the dollar signs of a Sub with variables of its own."""

    def clean_json(node, resources):
        if isinstance(node, dict) and isinstance(node.get("Fn::Sub"), list):
            text, own = node["Fn::Sub"]
            for name, value in own.items():
                text = text.replace("${" + name + "}", str(clean_json(value, resources)))
            node = {"Fn::Sub": text}
        cleaned = clean(node, resources)
        return [one for one in cleaned if one is not None] if isinstance(node, list) else cleaned

    return clean_json


def _protect(self):
    stack = live(self.cloudformation_backend, self._get_param("StackName"))
    if not stack:
        raise ValidationError(self._get_param("StackName"))
    stack.enable_termination_protection = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def _validate(self):
    """What CloudFormation asks here too: is it a template? cfn-lint, which moto calls, is a step of its own."""
    try:
        template = Stack.parse_template(self._get_param("TemplateBody"))
    except ValueError as error:
        raise ValidationError(message=f"Template format error: {error}") from error
    return ActionResult({"Description": template.get("Description"), "Parameters": []})


def _with_import(create):
    def create_change_set(self):
        self.cloudformation_backend.imports_existing = self._get_bool_param("ImportExistingResources", False)
        return create(self)

    return create_change_set


def _create_change_set(
    self, stack_name, change_set_name, template, parameters, description, change_set_type, notification_arns=None, tags=None, role_arn=None
):  # fmt: skip
    models.validate_create_change_set(change_set_name)
    stack = live(self, stack_name)
    if change_set_type == "UPDATE":
        if not stack:
            raise ValidationError(message=f"Stack [{stack_name}] does not exist")
        if stack.status not in _UPDATABLE:
            raise ValidationError(message=f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated.")
    elif stack and stack.status != "REVIEW_IN_PROGRESS":
        raise ValidationError(
            message=f"Stack [{stack_name}] already exists and cannot be created again with the changeSet [{change_set_name}]."
        )
    if not stack:
        stack_id = generate_stack_id(stack_name, self.region_name, self.account_id)
        stack = Stack(stack_id, stack_name, {}, parameters, self.account_id, self.region_name, notification_arns, tags)
        stack.status = "REVIEW_IN_PROGRESS"
        self.stacks[stack_id] = stack
        stack._add_stack_event("REVIEW_IN_PROGRESS", resource_status_reason="User Initiated")
    change_set = ChangeSet(
        change_set_type, generate_changeset_id(change_set_name, self.region_name, self.account_id), change_set_name, stack,
        template, parameters, description, notification_arns, tags, role_arn,
    )  # fmt: skip
    change_set.importing = self.imports_existing
    change_set.before = (dict(stack.template_dict), dict(stack.parameters))
    change_set.changes = _changes(self, stack, change_set)
    same = stack.template_dict == change_set.template_dict and parameters_of(
        change_set.template_dict, stack.parameters
    ) == parameters_of(change_set.template_dict, parameters)
    unchanged = change_set_type == "UPDATE" and same
    change_set.status = "FAILED" if unchanged else "CREATE_COMPLETE"
    change_set.execution_status = "UNAVAILABLE" if unchanged else "AVAILABLE"
    change_set.status_reason = (
        "The submitted information didn't contain changes. Submit different information to create a change set."
        if unchanged
        else None
    )
    self.change_sets[change_set.change_set_id] = change_set
    return change_set.change_set_id, stack.stack_id


def _changes(backend, stack, change_set):
    before, after, added, changed, removed = differences(
        stack.template_dict, stack.parameters, change_set.template_dict, change_set.parameters
    )
    tables = dynamodb_backends[stack.account_id][stack.region_name].tables
    found = []
    for name in added:
        known = after[name].get("Properties", {}).get("TableName") in tables and change_set.importing
        found.append(_change("Import" if known else "Add", name, after[name]))
    for name in changed:
        change = _change("Modify", name, after[name])
        change.physical_resource_id = getattr(stack.resource_map._parsed_resources.get(name), "physical_resource_id", None)
        change.replacement = _replacement(before[name], after[name])
        found.append(change)
    return found + [_change("Remove", name, before[name]) for name in removed]


def _change(action, name, resource):
    return Change(action, name, resource["Type"])


def _replacement(before, after):
    if is_replaced(before, after):
        return "True"
    return "Conditional" if changed_properties(before, after) & _CONDITIONAL else "False"


def _execute_change_set(self, change_set_name, stack_name=None):
    change_set = next(
        (
            one
            for one in self.change_sets.values()
            if change_set_name in (one.change_set_id, one.change_set_name) and stack_name in (None, one.stack_name, one.stack_id)
        ),
        None,
    )
    if not change_set or change_set.execution_status != "AVAILABLE":
        raise ValidationError(message=f"ChangeSet [{change_set_name}] cannot be executed in its current status")
    stack = change_set.stack
    change_set.execution_status = "EXECUTE_IN_PROGRESS"
    creating = change_set.change_set_type == "CREATE"
    step(stack, "CREATE_IN_PROGRESS" if creating else "UPDATE_IN_PROGRESS", "User Initiated")
    threading.Thread(target=run, args=(self, stack, change_set, creating), daemon=True).start()


def _delete_stack(self, name_or_stack_id):
    stack = live(self, name_or_stack_id)
    if not stack:
        return
    if stack.enable_termination_protection:
        raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    step(stack, "DELETE_IN_PROGRESS", "User Initiated")
    threading.Thread(target=remove, args=(self, stack), daemon=True).start()
