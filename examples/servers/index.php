<?php
if (str_ends_with($_SERVER['REQUEST_URI'], '/slow')) usleep(100000);
header('Content-Type: text/plain');
echo 'generation ', getenv('SERVER_STARTER_GENERATION'), ', pid ', getmypid(), "\n";
