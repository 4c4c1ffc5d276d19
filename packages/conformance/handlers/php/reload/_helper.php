<?php

const HELPER = 'HELPER-ONE';
