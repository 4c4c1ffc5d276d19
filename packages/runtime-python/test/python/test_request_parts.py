import unittest

from fastfn_shim.adapters.request_parts import mount_point


class MountPoint(unittest.TestCase):
    def test_what_comes_before_the_tail(self):
        cases = [
            # path, path parameters, function, where it is mounted
            ("/shop", [], "shop", "/shop"),
            ("/shop/", [], "shop", "/shop"),
            ("/shop", [], "Shop", "/shop"),
            ("/a/shop/cart/7", ["wildcard", "cart/7"], "a/shop", "/a/shop"),
            ("/a/shop/cart/", ["wildcard", "cart"], "a/shop", "/a/shop"),
            ("/a/shop/cart/", ["wildcard", "cart/"], "a/shop", "/a/shop"),
            ("/cart/7", ["wildcard", "cart/7"], "shop", ""),
            ("/", [], "shop", ""),
            ("/elsewhere", [], "shop", ""),
        ]
        for path, params, name, mount in cases:
            with self.subTest(path=path, params=params):
                message = [None] * 8
                message[4], message[7] = path, params
                self.assertEqual(mount_point(message, name), mount)
