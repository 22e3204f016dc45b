// How is a question narrowed by equality on further attributes?
import type { Question } from './reads.ts';

/** Adds equality filters; undefined ones are off. */
export function narrow(question: Question, equals: Record<string, string | undefined>): Question {
  const filters = Object.entries(equals).filter(([, value]) => value !== undefined);
  if (filters.length === 0) return question;
  return {
    ...question,
    FilterExpression: filters.map(([name]) => `#f_${name} = :f_${name}`).join(' AND '),
    ExpressionAttributeNames: {
      ...question.ExpressionAttributeNames,
      ...Object.fromEntries(filters.map(([name]) => [`#f_${name}`, name])),
    },
    ExpressionAttributeValues: {
      ...question.ExpressionAttributeValues,
      ...Object.fromEntries(filters.map(([name, value]) => [`:f_${name}`, value])),
    },
  };
}
