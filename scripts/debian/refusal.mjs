/** Why no package can be made. */
export class Refusal extends Error {}
