"""Who takes a push to the instance? A repository that can be pushed to, and a pipeline whose executions go by the clock."""

import json
import shutil
import subprocess
import time
import uuid

from moto.codebuild.responses import CodeBuildResponse
from moto.codecommit.models import codecommit_backends
from moto.codedeploy.responses import CodeDeployResponse
from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.events.models import events_backends

from .resources import ledger

# How long each action of the pipeline, and each event of a deployment, takes.
ACTION_SECONDS = 0.8
_EVENTS = ("ApplicationStop", "DownloadBundle", "BeforeInstall", "Install", "AfterInstall", "ApplicationStart", "ValidateService")  # fmt: skip
_DONE = ("Succeeded", "Failed", "Stopped", "Superseded")


class Delivery:
    """Repositories as bare folders, executions in memory."""

    def __init__(self, folder):
        self.folder = folder
        self.executions = {}
        self.deployments = {}
        # How the next execution ends: succeeds, build-fails, validate-fails.
        self.next = "succeeds"

    def install(self):
        delivery = self

        def answer(method):
            return lambda response: json.dumps(method(response))

        CodePipelineResponse.list_pipeline_executions = answer(delivery.list_executions)
        CodePipelineResponse.start_pipeline_execution = answer(delivery.start)
        CodePipelineResponse.list_action_executions = answer(delivery.list_actions)
        CodeDeployResponse.get_deployment = lambda one: ActionResult({"deploymentInfo": delivery.deployment(one)})
        CodeDeployResponse.list_deployment_targets = lambda one: ActionResult({"targetIds": delivery.machines(one)})
        CodeDeployResponse.batch_get_deployment_targets = lambda one: ActionResult(delivery.targets(one))
        CodeBuildResponse.batch_get_builds = lambda one: ActionResult(delivery.builds(one))

    def make_repository(self, account_id, region_name, properties):
        name = properties["RepositoryName"]
        made = codecommit_backends[account_id][region_name].create_repository(name, properties.get("RepositoryDescription", ""))
        path = self.folder / f"{name}.git"
        shutil.rmtree(path, ignore_errors=True)
        subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
        # A clone with little history may push too: the rehearsal runs in such clones.
        subprocess.run(["git", "-C", str(path), "config", "receive.shallowUpdate", "true"], check=True)
        made["cloneUrlHttp"] = path.as_uri()

    def remove_repository(self, account_id, region_name, name):
        codecommit_backends[account_id][region_name].delete_repository(name)
        shutil.rmtree(self.folder / f"{name}.git", ignore_errors=True)

    def _pipeline(self, response, key):
        name = response._get_param(key)
        for resources in ledger.values():
            for resource in resources.values():
                properties = resource.get("Properties", {})
                if resource["Type"] == "AWS::CodePipeline::Pipeline" and resource["PhysicalResourceId"] == name:
                    return name, properties
        raise JsonRESTError("PipelineNotFoundException", f"Account does not have a pipeline with name '{name}'")

    @staticmethod
    def _actions(properties):
        return [(stage["Name"], action) for stage in properties["Stages"] for action in stage["Actions"]]

    def _head(self, properties):
        source = self._actions(properties)[0][1].get("Configuration", {})
        path = self.folder / f"{source.get('RepositoryName')}.git"
        branch = source.get("BranchName", "main")
        if not path.is_dir():
            return None, source
        ask = ["git", "-C", str(path), "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"]
        read = subprocess.run(ask, check=False, capture_output=True, text=True)
        return read.stdout.strip() or None, source

    def _triggered(self, response, name, source, commit, first):
        """Whether a rule sees this push and starts this pipeline with a role, as EventBridge would decide."""
        account, region, repository = response.current_account, response.region, source.get("RepositoryName")
        event = {
            "source": "aws.codecommit",
            "detail-type": "CodeCommit Repository State Change",
            "account": account,
            "region": region,
            "resources": [f"arn:aws:codecommit:{region}:{account}:{repository}"],
            "detail": {
                "event": "referenceCreated" if first else "referenceUpdated",
                "referenceType": "branch",
                "referenceName": source.get("BranchName", "main"),
                "repositoryName": repository,
                "commitId": commit,
            },
        }
        arn = f"arn:aws:codepipeline:{region}:{account}:{name}"
        for bus in events_backends[account][region].event_buses.values():
            for rule in bus.rules.values():
                started = any(one["Arn"] == arn and one.get("RoleArn") for one in rule.targets)
                if started and rule.state == "ENABLED" and rule.event_pattern.matches_event(event):
                    return True
        return False

    def list_executions(self, response):
        name, properties = self._pipeline(response, "pipelineName")
        known = self.executions.setdefault(name, [])
        commit, source = self._head(properties)
        new = commit and all(one["commit"] != commit for one in known)
        if new and self._triggered(response, name, source, commit, first=not known):
            self._begin(name, commit)
        return {"pipelineExecutionSummaries": [self._summary(one, properties) for one in reversed(known)]}

    def start(self, response):
        name, properties = self._pipeline(response, "name")
        commit, _ = self._head(properties)
        return {"pipelineExecutionId": self._begin(name, commit or "0" * 40)["id"]}

    def _begin(self, name, commit):
        execution = {"id": str(uuid.uuid4()), "commit": commit, "began": time.time(), "outcome": self.next}
        self.next = "succeeds"
        self.executions.setdefault(name, []).append(execution)
        return execution

    def _progress(self, execution, properties):
        """(stage, action, status, external id) of every action that has begun."""
        at, found = execution["began"], []
        for stage, action in self._actions(properties):
            category = action["ActionTypeId"]["Category"]
            identity = f"{category.lower()}-{execution['id']}"
            if category == "Deploy":
                identity = self._deploy(execution, at)
            length = ACTION_SECONDS * (2 if category == "Deploy" else 1)
            if time.time() < at:
                return found
            if time.time() < at + length:
                return [*found, (stage, action["Name"], "InProgress", identity)]
            fails = {"Build": "build-fails", "Deploy": "validate-fails"}.get(category) == execution["outcome"]
            found.append((stage, action["Name"], "Failed" if fails else "Succeeded", identity))
            if fails:
                return found
            at += length
        return found

    def _summary(self, execution, properties):
        progress = self._progress(execution, properties)
        done = len(progress) == len(self._actions(properties))
        status = "Failed" if progress and progress[-1][2] == "Failed" else "InProgress"
        if status != "Failed" and done and progress[-1][2] == "Succeeded":
            status = "Succeeded"
        source = {"actionName": "Source", "revisionId": execution["commit"], "revisionSummary": ""}
        return {"pipelineExecutionId": execution["id"], "status": status, "sourceRevisions": [source]}

    def list_actions(self, response):
        name, properties = self._pipeline(response, "pipelineName")
        wanted = (response._get_param("filter") or {}).get("pipelineExecutionId")
        details = []
        for execution in self.executions.get(name, []):
            if execution["id"] != wanted:
                continue
            for stage, action, status, identity in self._progress(execution, properties):
                result = {"externalExecutionId": identity}
                if status == "Failed":
                    result["errorDetails"] = {"code": "JobFailed", "message": f"{action} failed"}
                details.append(
                    {"pipelineExecutionId": wanted, "stageName": stage, "actionName": action, "status": status, "output": {"executionResult": result}}
                )  # fmt: skip
        return {"actionExecutionDetails": list(reversed(details))}

    def _deploy(self, execution, began):
        if "deployment" not in execution:
            execution["deployment"] = f"d-{uuid.uuid4().hex[:9].upper()}"
            failing = execution["outcome"] == "validate-fails"
            back = f"d-{uuid.uuid4().hex[:9].upper()}" if failing else None
            deployment = {"began": began, "failing": failing, "back": back, "machines": self._instances()}
            self.deployments[execution["deployment"]] = deployment
            if back:
                self.deployments[back] = {"began": began + 2 * ACTION_SECONDS, "failing": False, "back": None, "machines": []}
        return execution["deployment"]

    @staticmethod
    def _instances():
        found = [one for stack in ledger.values() for one in stack.values() if one["Type"] == "AWS::EC2::Instance"]
        return [one["PhysicalResourceId"] for one in found]

    def machines(self, response):
        return self._known(response)[1]["machines"]

    def _known(self, response):
        identity = response._get_param("deploymentId")
        if identity not in self.deployments:
            raise JsonRESTError("DeploymentDoesNotExistException", f"The deployment {identity} could not be found")
        return identity, self.deployments[identity]

    def _events(self, deployment):
        events, step = [], 2 * ACTION_SECONDS / len(_EVENTS)
        for index, name in enumerate(_EVENTS):
            since = time.time() - deployment["began"] - index * step
            status = "Pending" if since < 0 else "InProgress" if since < step else "Succeeded"
            event = {"lifecycleEventName": name, "status": status}
            if status == "Succeeded" and deployment["failing"] and name == _EVENTS[-1]:
                event["status"] = "Failed"
                event["diagnostics"] = {
                    "errorCode": "ScriptFailed",
                    "scriptName": "scripts/deploy/validate.sh",
                    "message": "Script at specified location: scripts/deploy/validate.sh failed with exit code 1",
                    "logTail": "the service does not answer",
                }
            events.append(event)
        return events

    def deployment(self, response):
        identity, deployment = self._known(response)
        last = self._events(deployment)[-1]["status"]
        info = {"deploymentId": identity, "status": last if last in _DONE else "InProgress"}
        if last == "Failed":
            info["errorInformation"] = {"code": "HEALTH_CONSTRAINTS", "message": "The overall deployment failed."}
            info["rollbackInfo"] = {"rollbackDeploymentId": deployment["back"]}
        return info

    def targets(self, response):
        deployment = self._known(response)[1]
        target = {"targetId": deployment["machines"][0], "lifecycleEvents": self._events(deployment)}
        return {"deploymentTargets": [{"deploymentTargetType": "InstanceTarget", "instanceTarget": target}]}

    @staticmethod
    def builds(response):
        context = {"statusCode": "COMMAND_EXECUTION_ERROR", "message": "Error while executing command: npm run lint. Reason: exit status 1"}  # fmt: skip
        phases = [{"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [context]}]
        return {"builds": [{"id": one, "phases": phases} for one in response._get_param("ids")]}
