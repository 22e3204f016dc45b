"""What stands in for the resources that moto creates nothing for? An object that keeps the resolved properties."""

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.common_models import CloudFormationModel
from moto.ec2.models import ec2_backends

# The property that names a resource, which is also what Ref gives for these.
_NAMES = {
    "AWS::Budgets::Budget": ("Budget", "BudgetName"),
    "AWS::CloudWatch::Alarm": ("AlarmName",),
    "AWS::CodeBuild::Project": ("Name",),
    "AWS::CodeCommit::Repository": ("RepositoryName",),
    "AWS::CodeDeploy::Application": ("ApplicationName",),
    "AWS::CodeDeploy::DeploymentGroup": ("DeploymentGroupName",),
    "AWS::CodePipeline::Pipeline": ("Name",),
}

_classes = {}
_delivery = None


def use_delivery(delivery):
    """Names who makes and removes the repositories that can be pushed to."""
    global _delivery
    _delivery = delivery


def stand_in_for(kind):
    """The class for a resource type that moto does not know."""
    if kind not in _classes:
        _classes[kind] = type("StandIn", (_StandIn,), {"cloudformation_type": staticmethod(lambda: kind)})
    return _classes[kind]


def _named(kind, properties, generated):
    value = properties
    for key in _NAMES.get(kind, ()):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else generated


class _StandIn(CloudFormationModel):
    def __init__(self, kind, physical_resource_id, properties, place):
        self.kind = kind
        self.physical_resource_id = physical_resource_id
        self.properties = properties
        self.place = place

    @staticmethod
    def cloudformation_name_type():
        return ""

    @classmethod
    def has_cfn_attr(cls, attr):
        return False

    def get_cfn_attribute(self, _attribute):
        # Other emulators know no attributes of these types either: the templates build such ARNs by Sub.
        raise UnformattedGetAttTemplateException()

    @classmethod
    def create_from_cloudformation_json(cls, name, resource, account_id, region_name, **_more):
        properties = resource.get("Properties", {})
        kind = cls.cloudformation_type()
        made = cls(kind, _named(kind, properties, name), properties, (account_id, region_name))
        if kind == "AWS::CodeCommit::Repository":
            _delivery.make_repository(account_id, region_name, properties)
        if kind == "AWS::EC2::EIPAssociation":
            ec2_backends[account_id][region_name].associate_address(
                instance=ec2_backends[account_id][region_name].get_instance(properties["InstanceId"]),
                allocation_id=properties.get("AllocationId"),
                address=properties.get("EIP"),
            )
        return made

    def delete(self, account_id, region_name):
        if self.kind == "AWS::CodeCommit::Repository":
            _delivery.remove_repository(account_id, region_name, self.physical_resource_id)

    def is_created(self):
        return True
