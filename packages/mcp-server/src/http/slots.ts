/** A bound on requests at once. A request is over when its answer has been read to the end, or is not read any more. */
export interface Slots {
  /** Null when there is none left. The returned function gives it back, once. */
  take(): (() => void) | null;
  /** The same answer, which calls `release` when it ends. */
  until(response: Response, release: () => void): Response;
}

export function createSlots(most: number): Slots {
  let taken = 0;
  return {
    take() {
      if (taken >= most) return null;
      taken += 1;
      let given = false;
      return () => {
        if (given) return;
        given = true;
        taken -= 1;
      };
    },
    until(response, release) {
      if (response.body === null) {
        release();
        return response;
      }
      const reader = response.body.getReader();
      const body = new ReadableStream<Uint8Array>({
        async pull(controller) {
          try {
            const { done, value } = await reader.read();
            if (!done) return controller.enqueue(value);
            release();
            controller.close();
          } catch (error) {
            release();
            controller.error(error);
          }
        },
        async cancel(reason) {
          release();
          await reader.cancel(reason);
        },
      });
      const { status, statusText, headers } = response;
      return new Response(body, { status, statusText, headers });
    },
  };
}
