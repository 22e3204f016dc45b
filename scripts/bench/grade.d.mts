export function gradeOf(marks: number, max: number): string;
export function hundredths(marks: number, max: number): number;
