// How is it said what waits, how much and why?

/** '1 mark', '3 marks': of attendance and of results alike. */
export const marksText = (count: number): string => `${String(count)} ${count === 1 ? 'mark' : 'marks'}`;

/** '3 marks wait on this device', '3 marks wait on this device, 2 need your choice', '2 marks need your choice'. */
export function waitingText(waiting: number, to_decide: number): string {
  const choice = to_decide === 1 ? 'needs your choice' : 'need your choice';
  if (waiting === 0) return `${marksText(to_decide)} ${choice}`;
  const wait = `${marksText(waiting)} ${waiting === 1 ? 'waits' : 'wait'} on this device`;
  return to_decide === 0 ? wait : `${wait}, ${String(to_decide)} ${choice}`;
}

/** Somebody gave the exam another maximum since the marks were typed. */
export const maxMovedText = (max: number, typed = ''): string =>
  `The maximum is ${String(max)} by now (you typed out of ${typed}).`;
