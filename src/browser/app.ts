// What does this page need? Starts the small things everywhere, and loads the large ones only where they are used.
import { one } from './dom.ts';
import { startFeed } from './feed.ts';
import { startForms, startScrollers } from './forms.ts';
import { startOfflinePage } from './kept-page.ts';
import { startLeaving, startSignIn } from './leaving.ts';
import { clearOfOthers } from './left-behind.ts';
import { startLive } from './live.ts';
import { startMenus } from './menus.ts';
import { startMissing } from './missing.ts';
import { startOffline } from './offline.ts';
import { startPasswords } from './passwords.ts';
import { startRecords } from './records.ts';
import { startStats } from './stats.ts';
import { startTheme } from './theme.ts';
import { startTimes } from './times.ts';

startTheme();
startMenus();
startForms();
startPasswords();
startScrollers();
startTimes();

const user_id = document.body.dataset['userId'];

if (user_id !== undefined) {
  startStats();
  startFeed();
  startRecords();
  startMissing();
  if (one('table[data-table]')) void import('./tables.ts').then(({ startTables }) => startTables());
  if (one('#sheet[data-sheet]')) void import('./sheet.ts').then(({ startSheet }) => startSheet());
  if (document.body.dataset['role'] !== 'student') void import('./outbox-start.ts').then((m) => m.startOutbox(user_id));
  else void clearOfOthers(user_id);
  if (one('[data-chart]')) void import('./charts.ts').then(({ startCharts }) => startCharts());
  void startLive(user_id);
  startOffline(user_id);
  startLeaving(user_id);
}

const keptHere = one('[data-kept-here]');
if (keptHere) void startOfflinePage(keptHere);
const leftBehind = one('[data-left-behind]');
if (leftBehind) void startSignIn(leftBehind);
