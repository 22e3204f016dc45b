export function isStale(): boolean;
export function makeFresh(): Promise<boolean>;
