/** A moment that is waited for. It comes once; giving it again changes nothing. */
export interface Signal {
  readonly given: Promise<undefined>;
  readonly give: () => void;
  readonly isGiven: () => boolean;
}

export function signal(): Signal {
  let is = false;
  let resolve: (value: undefined) => void = () => undefined;
  const given = new Promise<undefined>((settle) => {
    resolve = settle;
  });
  return {
    given,
    give: () => {
      is = true;
      resolve(undefined);
    },
    isGiven: () => is,
  };
}
