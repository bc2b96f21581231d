/** Bounds how many handlers of one plugin run at once. */
export interface Places {
  /** Takes a place, to be given back by calling what is returned; null when none is free. */
  take(plugin: string): (() => void) | null;
}

export function createPlaces(limit: number): Places {
  const taken = new Map<string, number>();
  return {
    take(plugin) {
      const count = taken.get(plugin) ?? 0;
      if (count >= limit) return null;
      taken.set(plugin, count + 1);
      return () => {
        const left = (taken.get(plugin) ?? 1) - 1;
        if (left === 0) taken.delete(plugin);
        else taken.set(plugin, left);
      };
    },
  };
}
