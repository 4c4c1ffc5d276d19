return "HELPER-ONE"
