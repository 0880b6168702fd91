/**
 * The variable by which `ssctl -H` has the ssctl at the other end do as a program on a terminal does when that is closed. An
 * older ssctl does not know it, and would not fail because of it.
 */
export const ENDS_WITH_INPUT = 'SSCTL_ENDS_WITH_INPUT';

/** The variable by which it knows the host as it was named here, for the commands that it advises. */
export const SEEN_AS = 'SSCTL_SEEN_AS';
