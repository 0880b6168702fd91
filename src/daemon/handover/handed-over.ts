/** What a part hands over to the next image of ssd: plain JSON, and the descriptors that it names, which stay open. */
export type HandedOver<T> = {readonly state: T; readonly fds: readonly number[]};
