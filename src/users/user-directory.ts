// Who may sign in? Out of memory.
import { createDirectory } from '../platform/directory.ts';
import type { Directory, Kept } from '../platform/directory.ts';
import type { User } from './user.ts';

export interface KeptUser extends Kept<User> {
  password_hash: string;
  /** Rises whenever the user's sessions must end. */
  epoch: number;
}

export function createUserDirectory() {
  const directory: Directory<KeptUser> = createDirectory<KeptUser>({
    idOf: ({ record }) => record.user_id,
    searched: ({ record }) => [record.username, record.full_name, record.email],
    sortValue: ({ record }, column) => record[column as keyof User],
    nameOf: ({ record }) => record.username,
    facets: {
      role: ({ record }) => record.role,
      active: ({ record }) => String(record.active),
      student_id: ({ record }) => record.student_id ?? '',
    },
  });
  const staff = new Map<string, KeptUser>();
  let nameChanges = 0;

  return {
    get: directory.get,
    list: directory.list,
    values: directory.values,
    size: directory.size,
    put: (kept: KeptUser): void => {
      if (!directory.isNews(kept)) return;
      const before = directory.get(kept.record.user_id);
      if (kept.record.role === 'student') staff.delete(kept.record.user_id);
      else staff.set(kept.record.user_id, kept);
      if (before?.record.full_name !== kept.record.full_name) nameChanges += 1;
      directory.put(kept);
    },
    remove: (user_id: string): void => {
      staff.delete(user_id);
      nameChanges += 1;
      directory.remove(user_id);
    },
    byUsername: directory.byName,
    ofStudent: (student_id: string): KeptUser[] =>
      directory.list({
        q: '',
        where: { student_id },
        sort: 'username',
        descending: false,
        page: 1,
        page_size: Math.max(1, directory.size()),
      }).items,
    /** Admins and faculty, switched off or not: few beside the students. */
    staff: (): Iterable<KeptUser> => staff.values(),
    /** Grows with every name that changes. */
    nameChanges: (): number => nameChanges,
  };
}

export type UserDirectory = ReturnType<typeof createUserDirectory>;
