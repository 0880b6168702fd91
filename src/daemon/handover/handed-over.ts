/** What a part of ssd hands over to the next image: plain JSON, and the descriptors that have to stay open for it. */
export type HandedOver<T> = {readonly state: T; readonly fds: readonly number[]};
