"""What does a template come to with these parameters? References to resources stay as they are written."""

import re

# A change of these properties makes the resource anew.
_REPLACED = {"ImageId", "KeySchema", "TableName", "BucketName", "CidrBlock", "SubnetId", "RoleName", "RepositoryName"}
# What only the cloud knows stays in the text.
_VARIABLE = re.compile(r"\$\{([A-Za-z0-9:]+)\}")


def parameters_of(template, given):
    """Every parameter of the template with its value: the given one, else the default."""
    declared = template.get("Parameters") or {}
    return {name: str(given.get(name, one.get("Default", ""))) for name, one in declared.items()}


def resolve(template, given):
    """The resources that exist with these parameters, with parameters, mappings and conditions put in."""
    reader = _Reader(template, parameters_of(template, given))
    resources = template.get("Resources") or {}
    return {
        name: reader.value(resource)
        for name, resource in resources.items()
        if "Condition" not in resource or reader.condition(resource["Condition"])
    }


def differences(old, old_given, new, new_given):
    """The resources before and after, and the names of those that are added, changed and removed."""
    before = resolve(old, old_given) if old else {}
    after = resolve(new, new_given)
    added = [name for name in after if name not in before]
    both = [name for name in after if name in before]
    # Who refers to something that is made anew has to learn its new name.
    anew = {name for name in both if is_replaced(before[name], after[name])}
    changed = [name for name in both if after[name] != before[name] or _refers(after[name], anew - {name})]
    removed = [name for name in before if name not in after]
    return before, after, added, changed, removed


def changed_properties(before, after):
    """The names of the properties that differ."""
    old, new = before.get("Properties", {}), after.get("Properties", {})
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


def is_replaced(before, after):
    """Whether a change makes the resource anew."""
    return bool(changed_properties(before, after) & _REPLACED)


def _refers(node, names):
    if isinstance(node, dict):
        return node.get("Ref") in names or any(_refers(one, names) for one in node.values())
    return isinstance(node, list) and any(_refers(one, names) for one in node)


def imports_of(template, given):
    """The names of the exports that the template takes from other stacks."""
    found = set()

    def walk(node):
        if isinstance(node, dict):
            if isinstance(node.get("Fn::ImportValue"), str):
                found.add(node["Fn::ImportValue"])
            for one in node.values():
                walk(one)
        elif isinstance(node, list):
            for one in node:
                walk(one)

    walk(resolve(template, given))
    return found


class _Reader:
    def __init__(self, template, parameters):
        self.parameters = parameters
        self.conditions = template.get("Conditions") or {}
        self.mappings = template.get("Mappings") or {}

    def condition(self, name):
        return self.test(self.conditions[name])

    def test(self, node):
        if isinstance(node, bool):
            return node
        if "Condition" in node:
            return self.condition(node["Condition"])
        (kind, values), *_ = node.items()
        if kind == "Fn::Equals":
            return self.value(values[0]) == self.value(values[1])
        if kind == "Fn::Not":
            return not self.test(values[0])
        if kind == "Fn::And":
            return all(self.test(one) for one in values)
        if kind == "Fn::Or":
            return any(self.test(one) for one in values)
        raise ValueError(f"Unknown condition {kind}")

    def value(self, node):
        if isinstance(node, list):
            values = [self.value(one) for one in node]
            return [one for one in values if one != {"Ref": "AWS::NoValue"}]
        if not isinstance(node, dict):
            return node
        if node.keys() == {"Ref"} and node["Ref"] in self.parameters:
            return self.parameters[node["Ref"]]
        if "Fn::If" in node:
            name, yes, no = node["Fn::If"]
            return self.value(yes if self.condition(name) else no)
        if "Fn::Sub" in node:
            return self.text(node["Fn::Sub"])
        if "Fn::FindInMap" in node:
            name, first, second = (self.value(one) for one in node["Fn::FindInMap"][:3])
            return self.mappings[name][first][second]
        values = {key: self.value(one) for key, one in node.items()}
        return {key: one for key, one in values.items() if one != {"Ref": "AWS::NoValue"}}

    def text(self, sub):
        text, own = (sub, {}) if isinstance(sub, str) else (sub[0], self.value(sub[1]))
        known = {**self.parameters, **{key: one for key, one in own.items() if isinstance(one, str)}}
        text = _VARIABLE.sub(lambda found: known.get(found[1], found[0]), text)
        unknown = {key: one for key, one in own.items() if not isinstance(one, str)}
        if unknown:
            return {"Fn::Sub": [text, unknown]}
        return {"Fn::Sub": text} if "${" in text else text
