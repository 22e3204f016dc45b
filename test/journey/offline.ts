// A teacher with courses of their own, a browser that keeps their pages, and a look at what is kept: for the offline journeys.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Course } from '../../src/courses/course.ts';
import type { Student } from '../../src/students/student.ts';
import type { User } from '../../src/users/user.ts';
import type { TestApp } from '../support/app.ts';

export interface Class {
  course: Course;
  students: Student[];
  /** Address of today's register. */
  sheet: string;
}

/** A course of that teacher with students in it. */
export async function addClass(app: TestApp, teacher: User, course_code: string, size = 3): Promise<Class> {
  const course = await app.services.courses.add(app.system, {
    course_code,
    course_name: 'Programming',
    credits: 4,
    faculty_id: teacher.user_id,
  });
  const students: Student[] = [];
  for (let n = 0; n < size; n += 1)
    students.push(
      await app.addStudent({ full_name: `Ann ${course_code} ${String(n)}`, enrolled_courses: [course.course_id] }),
    );
  return { course, students, sheet: `/courses/${course.course_id}/attendance/${app.today()}` };
}

/** Addresses of the kept pages, by the cache they are in. */
export const keptPages = (page: Page): Promise<Record<string, string[]>> =>
  page.evaluate(async () => {
    const kept: Record<string, string[]> = {};
    for (const name of (await caches.keys()).filter((one) => one.includes('pages'))) {
      const keys = await (await caches.open(name)).keys();
      kept[name] = keys.map(({ url }) => url.slice(location.origin.length));
    }
    return kept;
  });

/** Waits until a page of that address is kept. */
export async function whenKept(page: Page, path: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (
      Object.values(await keptPages(page))
        .flat()
        .includes(path)
    )
      return;
    await sleep(100);
  }
  throw new Error(`${path} was not kept`);
}

/** Everything that a page of ours can keep, as one text; built files and the choice of colours are nobody's. */
export const everythingKept = (page: Page): Promise<string> =>
  page.evaluate(async () => {
    const found: unknown[] = [Object.entries(localStorage), Object.entries(sessionStorage)];
    for (const name of await caches.keys()) {
      if (name.startsWith('studentcore-files-')) continue;
      const cache = await caches.open(name);
      found.push(
        name,
        (await cache.keys()).map(({ url }) => url),
      );
    }
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((done) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => done(request.result);
      });
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store).getAll();
        found.push(await new Promise((done) => (all.onsuccess = () => done(all.result))));
      }
      database.close();
    }
    return JSON.stringify(found);
  });

export async function signOut(page: Page): Promise<void> {
  await page.locator('.account-menu summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
}
