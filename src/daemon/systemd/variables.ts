/** The variables by which a service manager lets its service speak to it (sd_notify(3)). They are for ssd alone. */
export const MANAGER_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'FDSTORE'] as const;
