// The rehearsal of the machine, step by step. The first step that fails ends it; whatever happens, nothing is left behind.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTemplate, resolve } from '../template.mjs';
import { bootstrapSteps } from './bootstrap.mjs';
import { deliverySteps } from './delivery.mjs';
import { createMachine, endAll } from './machine.mjs';
import { findNode24, needTools, prepare } from './prepare.mjs';
import { resilienceSteps } from './resilience.mjs';
import { createBuilds } from './versions.mjs';

/** What a step found wrong. */
class Fault extends Error {}

function demand(fine, fault) {
  if (!fine) throw new Fault(fault);
}

/** Types, lint and tests, which version 1 goes through and the later ones need not. */
const checks = (phase) => phase === 'install' || phase === 'pre_build';

/** The instance's script as the template has it when no parameter is given. */
const userDataOf = (checkout) =>
  resolve(readTemplate(join(checkout, 'cloudformation/cloudformation.yaml'))).Resources.Instance.Properties.UserData;

export async function rehearse({ checkout, userData, quick, report, stopped }) {
  const folder = mkdtempSync(join(tmpdir(), 'studentcore-rehearsal-'));
  const aborted = stopped.then(() => {
    endAll();
    throw new Fault('interrupted');
  });
  aborted.catch(() => undefined);
  let machine;

  async function step(name, run) {
    const start = Date.now();
    const told = (ok, says) => report({ step: name, seconds: (Date.now() - start) / 1000, ok, says });
    try {
      const says = await Promise.race([run(), aborted]);
      told(true, says ?? '');
    } catch (error) {
      told(false, error instanceof Fault ? error.message : String(error.message ?? error));
      throw error;
    }
  }

  const started = Date.now();
  let failed = false;
  let building;
  try {
    let builds;
    let first;
    await step('prepare a root of its own', async () => {
      await needTools();
      const script = userData === undefined ? userDataOf(checkout) : readFileSync(userData, 'utf8');
      const address = /^PUBLIC_ADDRESS=(\S+)$/m.exec(script)?.[1];
      demand(address !== undefined, 'the user data does not say PUBLIC_ADDRESS');
      const node = await findNode24(folder);
      machine = await createMachine(folder);
      await prepare(machine, { checkout, script, address, node });
      // In its memory too: thousands of small files are gone at once with it, and take minutes to remove from a disk.
      builds = await createBuilds(checkout, machine.base, node);
    });
    // The build takes longer than the machine needs to get ready.
    const versions = machine.file('/opt/rehearsal/versions');
    mkdirSync(versions);
    const builtFrom = Date.now();
    building = builds.build(join(versions, '1'), { skip: (phase) => quick && phase === 'pre_build' });
    building.catch(() => undefined);

    await step('boot systemd', async () => {
      await machine.boot();
      const { stdout } = await machine.mustRun(['systemctl', '--version']);
      return stdout.split('\n')[0];
    });
    for (const [name, run] of bootstrapSteps({ machine, demand })) await step(name, run);
    await step('version 1 built by buildspec.yml', async () => {
      first = await building;
      return `${quick ? 'without types, lint and tests, ' : ''}${((Date.now() - builtFrom) / 1000).toFixed(0)} s in all`;
    });
    // Made while version 1 is being deployed.
    const second = (building = builds.build(join(versions, '2'), { skip: checks }));
    second.catch(() => undefined);
    const needs = { machine, demand, versions, first, second, checkout };
    for (const [name, run] of [...deliverySteps(needs), ...resilienceSteps(needs)]) await step(name, run);
  } catch (error) {
    failed = true;
    if (!(error instanceof Fault) && error.stack) console.error(error.stack);
  } finally {
    endAll();
    await building?.catch(() => undefined);
    try {
      await machine?.destroy();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  console.log(
    `${failed ? 'The rehearsal of the machine FAILED' : 'The rehearsal of the machine is done'} after ${((Date.now() - started) / 1000).toFixed(0)} s.`,
  );
  return !failed;
}
